package dev.twotick.devstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// What the JVM wrote down in a [Training] of ingest or worker: its classes loaded and linked, and which of its methods
/// were busy with what (JEP 483, 514, 515).
///
/// It is of one build of the JVM and of one set of jars; beside others the JVM does without. Both are in the file's
/// name, so one that is stale is not found, and another is made.
///
/// @param folder of the caches
/// @param process ingest or worker
/// @param fingerprint of the JVM and the jars
public record AotCache(Path folder, String process, String fingerprint) {

    /// @param jar with its `lib/` beside it
    static AotCache of(Path folder, String process, Path jar) {
        return new AotCache(folder, process, fingerprint(jar));
    }

    Path file() {
        return folder.resolve(process + "-" + fingerprint + ".aot");
    }

    boolean exists() {
        return Files.exists(file());
    }

    /// Options of the JVM that start from it. Where it cannot be used, the process starts without it, and says nothing.
    List<String> use() {
        return List.of("-XX:AOTCache=" + file(), "-Xlog:aot=off", "-Xlog:cds=off");
    }

    /// Takes the place of all that other jars or another JVM left under this process's name.
    void replaceBy(Path written) throws IOException {
        Files.createDirectories(folder);
        var whole = folder.resolve(process + ".new"); // the other folder may be on another disk
        Files.move(written, whole, StandardCopyOption.REPLACE_EXISTING);
        Files.move(whole, file(), StandardCopyOption.ATOMIC_MOVE);
        try (var all = Files.newDirectoryStream(folder, process + "-*.aot")) {
            for (var other : all) {
                if (!other.equals(file())) {
                    Files.deleteIfExists(other); // a JVM that runs from it keeps it open
                }
            }
        }
    }

    /// The JVM goes by the jars' names, sizes and times too.
    private static String fingerprint(Path jar) {
        try (var libraries = Files.list(jar.resolveSibling("lib"))) {
            var sha = MessageDigest.getInstance("SHA-256");
            add(sha, System.getProperty("java.home") + " " + System.getProperty("java.vm.version"));
            for (var file : Stream.concat(Stream.of(jar), libraries.sorted()).toList()) {
                add(
                        sha,
                        file.getFileName() + " " + Files.size(file) + " "
                                + Files.getLastModifiedTime(file).toMillis());
            }
            return HexFormat.of().formatHex(sha.digest(), 0, 8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + jar + " and its libraries", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void add(MessageDigest sha, String line) {
        sha.update((line + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
