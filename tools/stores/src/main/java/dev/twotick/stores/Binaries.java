package dev.twotick.stores;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;
import redis.embedded.core.ExecutableProvider;
import redis.embedded.model.OsArchitecture;

/// The servers' executables, unpacked from the class path into a folder that all runs share, once for each version.
/// A folder appears by one rename, so a run that is killed while it unpacks leaves nothing half done.
final class Binaries {
    private Binaries() {}

    /// The folder that holds `bin/initdb`, `bin/pg_ctl` and `bin/postgres`.
    static Path postgres() {
        var name = "postgres-%s-%s.txz".formatted(isMac() ? "darwin" : "linux", isArm() ? "arm_64" : "x86_64");
        return unpacked(name, "postgres", Unprivileged.here().cacheFor(cache()), Binaries::untar);
    }

    /// The executable `redis-server`.
    static Path redis() {
        Map<OsArchitecture, String> versions = ExecutableProvider.newProvidedVersionsMap();
        var name = versions.get(OsArchitecture.detectOSandArchitecture());
        if (name == null) {
            throw unsupported("Redis");
        }
        return unpacked(name, "redis", cache(), (in, folder) -> {
                    var file = folder.resolve("redis-server");
                    Files.copy(in, file);
                    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
                })
                .resolve("redis-server");
    }

    private interface Unpacking {
        void into(InputStream in, Path folder) throws IOException;
    }

    private static Path unpacked(String resource, String what, Path cache, Unpacking unpacking) {
        try {
            Files.createDirectories(cache);
            var folder = cache.resolve(what + "-" + digest(resource, what));
            if (Files.isDirectory(folder)) {
                return folder;
            }
            var fresh = Files.createTempDirectory(cache, what);
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
            try (var in = open(resource, what)) {
                unpacking.into(in, fresh);
            }
            try {
                Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileSystemException e) {
                Folders.delete(fresh);
                if (!Files.isDirectory(folder)) {
                    throw e;
                } // else another run was quicker, and its folder is the same
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot unpack " + resource + " into " + cache + "; set XDG_CACHE_HOME to a folder you may write",
                    e);
        }
    }

    private static void untar(InputStream in, Path folder) throws IOException {
        try (var tar = new TarArchiveInputStream(new XZInputStream(in))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                var path = folder.resolve(entry.getName()).normalize();
                if (!path.startsWith(folder)) {
                    throw new IOException("archive entry outside its folder: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                    continue;
                }
                Files.createDirectories(path.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else if (entry.isLink()) {
                    Files.createLink(path, folder.resolve(entry.getLinkName()));
                } else {
                    Files.copy(tar, path);
                    var executable = (entry.getMode() & 0100) != 0;
                    Files.setPosixFilePermissions(
                            path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        }
    }

    private static String digest(String resource, String what) throws IOException {
        try (var in = open(resource, what)) {
            var sha = MessageDigest.getInstance("SHA-256");
            var buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                sha.update(buffer, 0, read);
            }
            return HexFormat.of().formatHex(sha.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static InputStream open(String resource, String what) {
        var in = Binaries.class.getResourceAsStream(resource.startsWith("/") ? resource : "/" + resource);
        if (in == null) {
            throw unsupported(what + " (" + resource + ")");
        }
        return in;
    }

    private static IllegalStateException unsupported(String what) {
        return new IllegalStateException(
                "there is no embedded %s for this machine (%s, %s); use your own servers by TWOTICK_DATABASE_URL and TWOTICK_REDIS_URL, or docker compose"
                        .formatted(what, System.getProperty("os.name"), System.getProperty("os.arch")));
    }

    private static Path cache() {
        var xdg = System.getenv("XDG_CACHE_HOME");
        var home = xdg == null || xdg.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg);
        return home.resolve("twotick");
    }

    private static boolean isMac() {
        return System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac");
    }

    private static boolean isArm() {
        return System.getProperty("os.arch").equals("aarch64");
    }
}
