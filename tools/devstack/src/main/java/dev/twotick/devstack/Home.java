package dev.twotick.devstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// `$TWOTICK_HOME`: the stores' data, secrets, logs and the notes of what runs. Ours alone (mode 0700).
///
/// @param folder absolute
public record Home(Path folder) {
    /// A channel that nothing holds is closed by the garbage collector, and its lock with it.
    private static final Set<FileLock> HELD = ConcurrentHashMap.newKeySet();

    /// @param environment for `TWOTICK_HOME`; relative to the working folder, as shells mean it
    /// @param project whose `.twotick` it is otherwise
    public static Home of(Map<String, String> environment, Path project) {
        var chosen = environment.getOrDefault("TWOTICK_HOME", "");
        return new Home((chosen.isEmpty() ? project.resolve(".twotick") : Path.of(chosen))
                .toAbsolutePath()
                .normalize());
    }

    public Home make() {
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        try {
            Files.createDirectories(folder, mode);
            for (var inner : new Path[] {logs(), pids(), folder.resolve("cds"), folder.resolve("app")}) {
                Files.createDirectories(inner, mode);
            }
            return this;
        } catch (IOException e) {
            throw new StackFailure(
                    "cannot make " + folder + " (" + e.getMessage() + "); set TWOTICK_HOME to a folder you may write",
                    e);
        }
    }

    Path env() {
        return folder.resolve("env");
    }

    Path runEnv() {
        return folder.resolve("run.env");
    }

    public Path logs() {
        return folder.resolve("logs");
    }

    Path pids() {
        return folder.resolve("pids");
    }

    Path app(String process) {
        return folder.resolve("app").resolve(process);
    }

    Path sharedArchive(String process) {
        return folder.resolve("cds").resolve(process + ".jsa");
    }

    /// Ends a process's command line as a mark by which the next `up` knows it for ours.
    String mark() {
        return "-Dtwotick.home=" + folder;
    }

    /// Held until the JVM ends, however it ends.
    ///
    /// @throws StackFailure if another `up` holds it
    @SuppressWarnings("resource") // the lock lives as long as the JVM
    public void lock() {
        var file = folder.resolve("lock");
        try {
            var channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            var lock = tryLock(channel);
            if (lock == null) {
                throw new StackFailure("another ./twotick up runs on " + folder + " (pid "
                        + Files.readString(file).strip()
                        + "); stop it with Ctrl-C, or give this one a TWOTICK_HOME of its own and other ports");
            }
            channel.truncate(0);
            channel.write(StandardCharsets.UTF_8.encode(ProcessHandle.current().pid() + "\n"));
            HELD.add(lock);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot lock " + file, e);
        }
    }

    /// The `up` that holds the lock. Its pid alone would prove nothing.
    Optional<ProcessHandle> running() {
        var file = folder.resolve("lock");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                var lock = tryLock(channel)) {
            return lock != null
                    ? Optional.empty()
                    : Optional.of(Files.readString(file).strip())
                            .filter(pid -> pid.matches("\\d{1,10}"))
                            .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException inThisJvm) {
            return null;
        }
    }
}
