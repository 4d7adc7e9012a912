package dev.twotick.endtoend;

import dev.twotick.ingest.Ingest;
import dev.twotick.worker.WorkerCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/// An ingest or a worker as a process of its own, from the classes of this test run, so that it can be ended as an
/// operator ends it and has a heap of its own size.
final class Jvm implements AutoCloseable {
    private final String name;
    private final Path log;
    private final int port;
    private final Process process;

    private Jvm(
            String name,
            Class<?> main,
            String heap,
            Map<String, String> environment,
            String portSetting,
            String... options)
            throws IOException {
        this.name = name;
        log = Files.createTempFile("twotick-" + name, ".log");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UnlockDiagnosticVMOptions", // a second of processor time a start
                "-XX:-BytecodeVerificationRemote",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(variable -> variable.startsWith("TWOTICK_"));
        builder.environment().putAll(environment);
        port = Integer.parseInt(environment.getOrDefault(portSetting, "0"));
        process = builder.start();
    }

    /// @param environment names a fixed port
    /// @param options     of the JVM
    static Jvm ingest(String heap, Map<String, String> environment, String... options) throws IOException {
        return new Jvm("ingest", Ingest.class, heap, environment, "TWOTICK_HTTP_PORT", options);
    }

    /// @param environment names a fixed port
    /// @param options     of the JVM
    static Jvm worker(String heap, Map<String, String> environment, String... options) throws IOException {
        return new Jvm("worker", WorkerCommand.class, heap, environment, "TWOTICK_WORKER_PORT", options);
    }

    int port() {
        return port;
    }

    /// Returns when it serves.
    Jvm ready() {
        String sign = name.equals("ingest") ? "ingest=ready" : "state=running";
        Awaitility.await(name + " starts").pollInterval(Duration.ofMillis(50)).until(() -> {
            if (!process.isAlive()) {
                throw new IllegalStateException(name + " ended: " + log());
            }
            return log().contains(sign);
        });
        return this;
    }

    /// Returns when it has ended by itself.
    ///
    /// @return its exit code
    int ended() throws InterruptedException {
        return process.waitFor();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// SIGTERM.
    ///
    /// @return its exit code, when it is gone
    int end() throws InterruptedException {
        process.destroy();
        return process.waitFor();
    }

    /// SIGKILL.
    void kill() {
        process.destroyForcibly();
    }

    /// Everything that it has said.
    String log() throws IOException {
        return Files.readString(log);
    }

    String lastLines() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        kill();
        try {
            process.waitFor();
            Files.deleteIfExists(log);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
