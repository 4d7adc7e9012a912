package dev.twotick.devstack;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// An endpoint for as long as `listen` runs: added and taken away by `worker endpoint`, in the database of the running
/// stack. One that a killed `listen` left behind is replaced by the next on that port.
final class ListenEndpoint implements AutoCloseable {
    private final List<String> worker;
    private final Map<String, String> environment;
    private final String name;
    private final String secret;

    private ListenEndpoint(List<String> worker, Map<String, String> environment, String name, String secret) {
        this.worker = worker;
        this.environment = environment;
        this.name = name;
        this.secret = secret;
    }

    /// The command of the worker that `up` runs from that home.
    static List<String> workerOf(Home home) {
        var java = Path.of(System.getProperty("java.home"), "bin", "java");
        return List.of(
                java.toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-jar",
                home.app("worker").resolve("worker.jar").toString());
    }

    /// @param worker the command to which `endpoint …` is added
    /// @param settings what the running stack was told
    /// @throws StackFailure with what the worker says
    static ListenEndpoint add(List<String> worker, Map<String, String> settings, int port)
            throws IOException, InterruptedException {
        var name = "listen-" + port;
        var add = List.of("endpoint", "add", name, "http://localhost:" + port + "/");
        var said = run(worker, settings, add);
        if (said.code != 0) {
            run(worker, settings, List.of("endpoint", "remove", name, "--yes"));
            said = run(worker, settings, add);
        }
        var secret =
                said.words.lines().filter(line -> line.startsWith("whsec_")).findFirst();
        if (said.code != 0 || secret.isEmpty()) {
            throw new StackFailure("no endpoint could be added for this: " + said.words.strip());
        }
        return new ListenEndpoint(worker, settings, name, secret.get());
    }

    String name() {
        return name;
    }

    String secret() {
        return secret;
    }

    /// With the calls that it is still owed.
    @Override
    public void close() {
        try {
            run(worker, environment, List.of("endpoint", "remove", name, "--yes"));
        } catch (IOException e) {
            System.err.println("twotick: the endpoint " + name + " stays (" + e.getMessage()
                    + "); ./twotick endpoint remove " + name + " takes it away");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record Said(int code, String words) {}

    private static Said run(List<String> worker, Map<String, String> settings, List<String> arguments)
            throws IOException, InterruptedException {
        var command = new ArrayList<>(worker);
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(settings);
        var process = builder.start();
        process.getOutputStream().close();
        var words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Said(process.waitFor(), words);
    }
}
