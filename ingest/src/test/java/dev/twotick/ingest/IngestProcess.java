package dev.twotick.ingest;

import dev.twotick.stores.Stores;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An ingest as a process of its own, as it runs in production.
final class IngestProcess implements AutoCloseable {
    private static final Pattern READY = Pattern.compile("ingest=ready .*?\\bport=(\\d+)(?:.* tls_port=(\\d+))?");

    final Process process;
    final List<String> lines = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Integer> port = new CompletableFuture<>();

    /// @param options of the JVM
    IngestProcess(Stores stores, Map<String, String> settings, String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote")); // starts sooner
        command.addAll(List.of(
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path")));
        command.add(Ingest.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("TWOTICK_"));
        builder.environment().putAll(Running.environment(stores));
        builder.environment().putAll(settings);
        process = builder.start();
        Thread.ofVirtual().start(this::read);
        port.get(2, TimeUnit.MINUTES);
    }

    private void read() {
        try (BufferedReader reader = process.inputReader()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
                var ready = READY.matcher(line);
                if (ready.find()) {
                    port.complete(Integer.valueOf(ready.group(1)));
                }
            }
        } catch (IOException e) {
            lines.add(e.toString()); // killed
        }
        port.completeExceptionally(new IllegalStateException("ended: " + lines));
    }

    int port() {
        return port.join();
    }

    int tlsPort() {
        return lines.stream()
                .map(READY::matcher)
                .filter(Matcher::find)
                .map(ready -> Integer.valueOf(ready.group(2)))
                .findFirst()
                .orElseThrow();
    }

    Meta meta() {
        return at("/webhook");
    }

    Meta metaOverTls() {
        return new Meta(URI.create("https://localhost:" + tlsPort() + "/webhook"), Running.SECRET);
    }

    Meta at(String path) {
        return new Meta(URI.create("http://127.0.0.1:" + port() + path), Running.SECRET);
    }

    /// SIGTERM.
    void stop() {
        process.toHandle().destroy(); // Process.destroy() would close its output too
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
