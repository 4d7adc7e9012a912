package dev.twotick.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twotick.stores.FreePort;
import dev.twotick.stores.Installed;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A Prometheus of the machine, with our configuration made fast: it looks every second, and its alarms wait for one.
final class Prometheus implements AutoCloseable {
    private final Process server;
    private final int port;

    private Prometheus(Process server, int port) {
        this.server = server;
        this.port = port;
    }

    /// Leaves the test out, and says so, where there is none; `-Dtwotick.prometheus=all` insists.
    static Prometheus start(Path home, Path observe, int ingest, int worker) throws IOException {
        Path program = program("prometheus");
        Files.writeString(
                home.resolve("alerts.yml"),
                Files.readString(observe.resolve("alerts.yml")).replaceAll("for: \\d+[mh]", "for: 1s"));
        Path configuration = Files.writeString(
                home.resolve("prometheus.yml"),
                Files.readString(observe.resolve("prometheus.yml"))
                        .replaceAll("_interval: 15s", "_interval: 1s")
                        .replaceAll("dns_sd_configs:.*names: \\[ingest\\].*", target(ingest))
                        .replaceAll("dns_sd_configs:.*names: \\[(worker|console).*", target(worker)));
        int port = FreePort.any();
        Process server = new ProcessBuilder(
                        program.toString(),
                        "--config.file=" + configuration,
                        "--storage.tsdb.path=" + home.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("log").toFile())
                .start();
        await().until(() -> !server.isAlive() || FreePort.listens(port));
        assertThat(server.isAlive()).as(Files.readString(home.resolve("log"))).isTrue();
        return new Prometheus(server, port);
    }

    private static String target(int port) {
        return "static_configs: [{ targets: [\"127.0.0.1:" + port + "\"] }]";
    }

    private static Path program(String name) {
        Optional<Path> program = Installed.program(name);
        if (!"all".equals(System.getProperty("twotick.prometheus"))) {
            assumeTrue(program.isPresent(), "no " + name + " here (Debian: apt install prometheus)");
        }
        return program.orElseThrow();
    }

    /// Runs promtool, which says what it does not like.
    static void check(Path folder, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program("promtool").toString()));
        command.addAll(List.of(arguments));
        Process tool = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(tool.waitFor()).as(said).isZero();
    }

    /// Those of a dashboard, with a range for Grafana's own.
    static Set<String> expressions(String dashboard) {
        Set<String> expressions = new TreeSet<>();
        for (JsonNode panel : JsonMapper.shared().readTree(dashboard).path("panels")) {
            for (JsonNode target : panel.path("targets")) {
                expressions.add(target.path("expr").asString().replace("$__rate_interval", "10s"));
            }
        }
        return expressions;
    }

    /// The series that an expression has now.
    List<JsonNode> ask(String expression) throws IOException {
        JsonNode answer = get("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
        List<JsonNode> series = new ArrayList<>();
        answer.path("data").path("result").forEach(series::add);
        return series;
    }

    /// Alarms that ring.
    Set<String> firing() throws IOException {
        Set<String> names = new TreeSet<>();
        for (JsonNode alert : get("/api/v1/alerts").path("data").path("alerts")) {
            if (alert.path("state").asString().equals("firing")) {
                names.add(alert.path("labels").path("alertname").asString());
            }
        }
        return names;
    }

    private JsonNode get(String path) throws IOException {
        try (InputStream answer =
                URI.create("http://127.0.0.1:" + port + path).toURL().openStream()) {
            return JsonMapper.shared().readTree(answer);
        }
    }

    @Override
    public void close() {
        server.destroyForcibly().onExit().join();
    }
}
