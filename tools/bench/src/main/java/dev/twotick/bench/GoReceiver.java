package dev.twotick.bench;

import dev.twotick.devstack.StackFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A receiver of forty lines of Go, whose source is among our resources, built where Go is.
final class GoReceiver {
    private static final int MINUTES = 3;

    private GoReceiver() {}

    /// @param folder kept from run to run
    /// @param say    why there is none
    static Optional<Path> build(Path folder, Consumer<String> say) {
        try {
            Files.createDirectories(folder);
            for (var name : new String[] {"main.go", "go.mod", "go.sum"}) {
                try (InputStream source = GoReceiver.class.getResourceAsStream("go/" + name)) {
                    if (source == null) {
                        throw new StackFailure("go/" + name + " is not in the jar");
                    }
                    Files.copy(source, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            var log = folder.resolve("build.log");
            var process = new ProcessBuilder("go", "build", "-trimpath", "-o", "receiver", ".")
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (!process.waitFor(MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
                process.destroy();
                say.accept("the Go receiver is left out: its build failed, see " + log);
                return Optional.empty();
            }
            return Optional.of(folder.resolve("receiver"));
        } catch (IOException e) {
            say.accept("the Go receiver is left out: there is no Go here (" + e.getMessage() + ")");
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackFailure("interrupted", e);
        }
    }
}
