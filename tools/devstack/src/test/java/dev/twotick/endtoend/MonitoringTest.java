package dev.twotick.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.ingest.Ingest;
import dev.twotick.stores.CertificateAuthority;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.Worker;
import dev.twotick.worker.WorkerSettings;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// docs/metrics.md, docs/alerts.md and docker/observe against what the processes show, and in a real Prometheus where
/// the machine has one (`-Dtwotick.prometheus=all` insists). `-Dtwotick.generate=true` writes the metrics' table anew.
@WithStores
class MonitoringTest {
    private static final Path PROJECT = Path.of("../..");
    private static final Path METRICS = PROJECT.resolve("docs/metrics.md");
    private static final Path RUNBOOKS = PROJECT.resolve("docs/alerts.md");
    private static final Path OBSERVE = PROJECT.resolve("docker/observe");
    private static final String BEGIN =
            "<!-- generated from here: ./twotick retest -Dtest=MonitoringTest -Dtwotick.generate=true -->\n";
    private static final String END = "<!-- generated to here -->";
    private static final Pattern METRIC = Pattern.compile("\\b(?:twotick|hikaricp|jvm|process)_[a-z_]+");

    private static Installation twotick;
    private static Scrape ingest;
    private static Scrape overTls;
    private static Scrape worker;
    private static Scrape media;

    @TempDir
    static Path home;

    @BeforeAll
    static void letEverythingHappen(Stores stores) throws Exception {
        twotick = new Installation(stores, 1);
        assertThat(twotick.post(Bodies.messages(
                        "106540352242922", List.of(Bodies.text("16505551234", "wamid.OF.METRICS", "hello")))))
                .isEqualTo(200);
        assertThat(post("/webhook", "{}")).isEqualTo(401);
        assertThat(post("/elsewhere", "{}")).isEqualTo(404);
        notHttp(twotick.port());
        twotick.settle();
        await().until(() -> !twotick.hook.calls.isEmpty());
        await().untilAsserted(() -> {
            ingest = Scrape.of("ingest", twotick.port());
            worker = Scrape.of("worker", twotick.workerPort());
            assertThat(ingest.samples()).contains("twotick_ingest_refused_total", "twotick_ingest_pushes_total");
            assertThat(worker.text()).doesNotContain("twotick_hook_attempts_seconds_count{outcome=\"delivered\"} 0");
            assertThat(worker.samples()).contains("twotick_hook_overdue_seconds");
        });
        overTls = ofTls();
        media = ofMedia();
    }

    /// Of a worker beside it, which keeps media.
    private static Scrape ofMedia() throws Exception {
        Map<String, String> settings = new HashMap<>(twotick.environment);
        settings.put("TWOTICK_WORKER_PORT", "0");
        settings.put("TWOTICK_ACCESS_TOKEN", "of-metrics");
        settings.put("TWOTICK_MEDIA_STORE", home.toAbsolutePath().toString());
        try (Worker keeper = new Worker(WorkerSettings.read(settings), Set.of(Worker.Role.MEDIA))) {
            keeper.start();
            return Scrape.of("worker", keeper.port()).only("twotick_media_");
        }
    }

    /// Of an ingest beside it, which serves TLS.
    private static Scrape ofTls() throws Exception {
        CertificateAuthority ca = new CertificateAuthority("CN=Of metrics");
        CertificateAuthority.Signed signed = ca.sign("CN=localhost", Duration.ofDays(90));
        Map<String, String> settings = new HashMap<>(twotick.environment);
        settings.put("TWOTICK_TLS_PORT", "0");
        settings.put("TWOTICK_TLS_CERTIFICATE_FILE", file("chain.pem", signed.certificatePem()));
        settings.put("TWOTICK_TLS_KEY_FILE", file("key.pem", signed.keyPem()));
        settings.put("TWOTICK_TLS_CLIENT_CA_FILE", file("ca.pem", ca.pem()));
        try (Ingest tls = Ingest.start(settings)) {
            notHttp(tls.tlsPort());
            await().until(
                            () -> Scrape.of("ingest", tls.port()).samples(),
                            samples -> samples.contains("twotick_ingest_tls_refused_total"));
            return Scrape.of("ingest", tls.port()).only("twotick_ingest_(tls|certificate)_");
        }
    }

    private static String file(String name, String text) throws Exception {
        return Files.writeString(home.resolve(name), text).toString();
    }

    @AfterAll
    static void stop() {
        twotick.close();
    }

    private static int post(String path, String body) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + twotick.port() + path))
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /// The web server refuses it before a route of ours is looked for.
    private static void notHttp(int port) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write("nonsense\r\n\r\n".getBytes(UTF_8));
            socket.getInputStream().readAllBytes();
        }
    }

    @Test
    void everyMetricIsDescribedAsItIs() throws Exception {
        String page = Files.readString(METRICS);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        int end = page.indexOf(END);
        String table = "| metric | type | labels | of | what |\n| --- | --- | --- | --- | --- |\n"
                + Stream.of(ingest, overTls, worker, media)
                        .flatMap(Scrape::rows)
                        .sorted()
                        .distinct()
                        .collect(joining("\n"))
                + "\n";
        if (Boolean.getBoolean("twotick.generate")) {
            Files.writeString(METRICS, page.substring(0, begin) + table + page.substring(end));
        } else {
            assertThat(page.substring(begin, end)).isEqualTo(table);
        }
    }

    @Test
    void whatPanelsAndRulesAskForIsThere() throws Exception {
        Set<String> shown = new TreeSet<>(ingest.samples());
        shown.addAll(overTls.samples());
        shown.addAll(worker.samples());
        shown.addAll(media.samples());
        for (String file : List.of("alerts.yml", "alerts.test.yml", "dashboard.json")) {
            Set<String> asked = METRIC.matcher(Files.readString(OBSERVE.resolve(file)))
                    .results()
                    .map(MatchResult::group)
                    .collect(TreeSet::new, Set::add, Set::addAll);
            assertThat(shown).as(file).containsAll(asked);
        }
    }

    @Test
    void everyAlertHasItsRunbookAndItsTest() throws Exception {
        String rules = Files.readString(OBSERVE.resolve("alerts.yml"));
        List<String> alerts = all("- alert: (\\w+)", rules);
        assertThat(all("(?m)^## (\\w+)$", Files.readString(RUNBOOKS))).containsExactlyElementsOf(alerts);
        assertThat(all("runbook: \"docs/alerts.md#(\\w+)\"", rules))
                .containsExactlyElementsOf(
                        alerts.stream().map(String::toLowerCase).toList());
        assertThat(all("alertname: (\\w+)", Files.readString(OBSERVE.resolve("alerts.test.yml"))))
                .containsAll(alerts);
    }

    @Test
    void promtoolTakesTheRulesAndTheirTests() throws Exception {
        Prometheus.check(OBSERVE, "check", "config", "prometheus.yml");
        Prometheus.check(OBSERVE, "test", "rules", "alerts.test.yml");
    }

    @Test
    void aRealPrometheusFillsEveryPanelAndItsAlarmRingsAndStops(Stores stores) throws Exception {
        try (Prometheus prometheus = Prometheus.start(home, OBSERVE, twotick.port(), twotick.workerPort())) {
            for (String expression : Prometheus.expressions(Files.readString(OBSERVE.resolve("dashboard.json")))) {
                await().alias(expression)
                        .until(() -> !prometheus.ask(expression).isEmpty());
            }
            await().until(() -> prometheus.firing().isEmpty());
            stores.stopRedis();
            await().until(() -> prometheus.firing().contains("RedisAway"));
            stores.startRedis();
            await().until(() -> prometheus.firing().isEmpty());
        }
    }

    private static List<String> all(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .distinct()
                .toList();
    }

    /// What a process shows.
    private record Scrape(String process, String text) {
        private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");

        static Scrape of(String process, int port) throws Exception {
            try (InputStream answer =
                    URI.create("http://127.0.0.1:" + port + "/metrics").toURL().openStream()) {
                return new Scrape(process, new String(answer.readAllBytes(), UTF_8));
            }
        }

        Scrape only(String metrics) {
            return new Scrape(
                    process,
                    text.lines()
                            .filter(line -> line.matches(".*" + metrics + ".*"))
                            .collect(joining("\n")));
        }

        Set<String> samples() {
            return text.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.replaceFirst("[{ ].*", ""))
                    .collect(TreeSet::new, Set::add, Set::addAll);
        }

        /// A row of each family of ours; the `_max` of a summary belongs to it.
        Stream<String> rows() {
            return text.lines()
                    .filter(line -> line.startsWith("# HELP twotick_"))
                    .map(line -> line.split(" ", 4))
                    .filter(help -> !help[2].endsWith("_max"))
                    .map(help -> "| `" + help[2] + "` | " + type(help[2]) + " | " + labels(help[2]) + " | " + process
                            + " | " + (help.length > 3 ? help[3].strip() : "") + " |");
        }

        private String type(String family) {
            return text.lines()
                    .filter(line -> line.startsWith("# TYPE " + family + " "))
                    .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                    .findFirst()
                    .orElseThrow();
        }

        private String labels(String family) {
            return text.lines()
                    .filter(line -> line.startsWith(family))
                    .flatMap(line -> LABEL.matcher(line).results().map(match -> match.group(1)))
                    .distinct()
                    .sorted()
                    .map(label -> "`" + label + "`")
                    .collect(joining(", "));
        }
    }
}
