package dev.twotick.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// How PostgreSQL is run by a user it refuses: root. A user namespace of its own hides who we are, and files stay
/// root's. Where the kernel or a container forbids that, PostgreSQL runs as `nobody`, who then owns its data.
enum Unprivileged {
    AS_WE_ARE(""),
    IN_A_USER_NAMESPACE("unshare --user"),
    AS_NOBODY("setpriv --reuid=65534 --regid=65534 --clear-groups");

    private static final int ROOT = 0;
    private static final int NOBODY = 65534;

    private final String prefix;

    Unprivileged(String prefix) {
        this.prefix = prefix;
    }

    private static final class Chosen {
        static final Unprivileged WAY = choose();
    }

    static Unprivileged here() {
        return Chosen.WAY;
    }

    private static Unprivileged choose() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return AS_WE_ARE;
        }
        if (IN_A_USER_NAMESPACE.works()) {
            return IN_A_USER_NAMESPACE;
        }
        if (AS_NOBODY.works()) {
            return AS_NOBODY;
        }
        throw new IllegalStateException(
                "PostgreSQL refuses to run as root, and this machine offers neither user namespaces"
                        + " (unshare) nor setpriv; run as an ordinary user, or set TWOTICK_DATABASE_URL");
    }

    /// The command as this way runs it.
    List<String> command(List<String> command) {
        var all = new ArrayList<>(prefix.isEmpty() ? List.of() : Arrays.asList(prefix.split(" ")));
        all.addAll(command);
        return all;
    }

    /// Gives `folder` to whom PostgreSQL will run as, if it is not theirs (an earlier run may have gone the other way).
    void own(Path folder) {
        if (this == AS_WE_ARE) {
            return;
        }
        int owner = this == AS_NOBODY ? NOBODY : ROOT;
        try {
            if (Files.getAttribute(folder, "unix:uid").equals(owner)) {
                return;
            }
            try (var all = Files.walk(folder)) {
                for (var path : all.toList()) {
                    Files.setAttribute(path, "unix:uid", owner);
                    Files.setAttribute(path, "unix:gid", owner);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot change the owner of " + folder, e);
        }
    }

    /// Lets the one PostgreSQL will run as pass through `folder`, without seeing what is in it.
    void letPass(Path folder) {
        if (this != AS_NOBODY) {
            return;
        }
        try {
            var mode = new HashSet<>(Files.getPosixFilePermissions(folder));
            if (mode.add(PosixFilePermission.OTHERS_EXECUTE)) {
                Files.setPosixFilePermissions(folder, mode);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot let nobody pass through " + folder, e);
        }
    }

    /// What to add to PostgreSQL's own words when it fails; may be empty.
    String hint(Path folder) {
        return this == AS_NOBODY
                ? "\nPostgreSQL refuses to be root and runs as nobody here, who must be able to pass through every folder above "
                        + folder
                        + "; if it is in a closed one (such as /root), choose another, for example TWOTICK_HOME=/var/lib/twotick"
                : "";
    }

    /// Where PostgreSQL's programs go: `nobody` may not enter root's home, and only root may write to this one.
    Path cacheFor(Path preferred) {
        return this == AS_NOBODY ? Path.of("/var/cache/twotick") : preferred;
    }

    private boolean works() {
        try {
            var process = new ProcessBuilder(command(List.of("true")))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(5, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false; // not installed
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
