package dev.twotick.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Processes that outlived the program that started them. A pid alone proves nothing, since the kernel hands it out
/// again: the process counts as ours only if its command line names the folder that is ours.
public final class LeftBehind {
    private LeftBehind() {}

    /// The live process whose pid is the first line of `pidFile` and whose command line holds `mark`.
    public static Optional<ProcessHandle> find(Path pidFile, String mark) {
        return pid(pidFile)
                .flatMap(ProcessHandle::of)
                .filter(ProcessHandle::isAlive)
                .filter(process -> process.info().commandLine().orElse("").contains(mark));
    }

    /// Waits for a process that was told to end; false if it still runs after `seconds`.
    public static boolean awaitEnd(ProcessHandle process, int seconds) {
        try {
            process.onExit().get(seconds, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
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
