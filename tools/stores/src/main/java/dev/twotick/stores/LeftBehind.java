package dev.twotick.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Processes that outlived the program that started them. A pid alone proves nothing, since the kernel hands it out
/// again: the process counts as ours only if its command line names the folder that is ours.
public final class LeftBehind {
    private LeftBehind() {}

    /// The live process whose pid is the first line of `pidFile` and whose command line holds `mark`.
    public static Optional<ProcessHandle> find(Path pidFile, String mark) {
        return pid(pidFile)
                .flatMap(ProcessHandle::of)
                .filter(ProcessHandle::isAlive)
                .filter(process -> commandLine(process.pid()).contains(mark));
    }

    /// As the kernel tells it, since [ProcessHandle.Info] drops the title that Redis gives itself; macOS has no
    /// `/proc`.
    private static String commandLine(long pid) {
        try {
            var file = Path.of("/proc", String.valueOf(pid), "cmdline");
            if (Files.exists(file)) {
                return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).replace('\0', ' ');
            }
            var ps = new ProcessBuilder("ps", "-p", String.valueOf(pid), "-ww", "-o", "command=").start();
            return new String(ps.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException ended) {
            return "";
        }
    }

    /// Waits for a process that was told to end; false if it still runs after `seconds`.
    public static boolean awaitEnd(ProcessHandle process, int seconds) {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        while (process.isAlive() && !isZombie(process.pid())) {
            if (System.nanoTime() > end) {
                return false;
            }
            try {
                Thread.sleep(10); // ProcessHandle.onExit() looks every 300 ms or more at what is no child of ours
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    /// Ended, but not fetched by its parent: the first process of many containers never fetches anything.
    private static boolean isZombie(long pid) {
        try {
            var stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
            return stat.startsWith(" Z", stat.lastIndexOf(')') + 1);
        } catch (IOException noSuchProcessOrMac) {
            return false;
        }
    }

    /// Asks the process to end (SIGTERM), and ends it (SIGKILL) if it has not done so after `seconds`.
    public static void end(ProcessHandle process, int seconds) {
        process.destroy();
        if (!awaitEnd(process, seconds)) {
            process.destroyForcibly();
            awaitEnd(process, 10);
        }
    }

    /// @param name without SIG
    static void signal(String name, List<ProcessHandle> processes) {
        if (!processes.isEmpty()) {
            var pids = processes.stream().map(process -> String.valueOf(process.pid()));
            // the shell's own kill: a container may have no other
            var command = List.of("sh", "-c", "kill -" + name + " " + pids.collect(Collectors.joining(" ")));
            PostgresFiles.run(command, Path.of("/"));
        }
    }

    private static Optional<Long> pid(Path file) {
        try (var lines = Files.exists(file) ? Files.lines(file) : java.util.stream.Stream.<String>empty()) {
            return lines.findFirst()
                    .map(String::strip)
                    .filter(line -> line.matches("\\d{1,10}"))
                    .map(Long::valueOf);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }
}
