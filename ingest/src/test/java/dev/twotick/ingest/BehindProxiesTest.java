package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.ingest.RawClient.Heard;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What proxies, balancers and monitors between Meta and ingest say, and what they make of what Meta says.
@WithStores
class BehindProxiesTest {
    private static final String HOST = " HTTP/1.1\r\nHost: x\r\n";
    private static final String LAST = "Connection: close\r\n";
    private static final String SIGNATURE =
            "X-Hub-Signature-256: " + Meta.sign("{}".getBytes(UTF_8), Running.SECRET) + "\r\n";
    private static final String BODY = "Content-Length: 2\r\n\r\n{}";
    private static final Pattern CONTENT = Pattern.compile("(?im)^Content-.*$");

    private static IngestProcess ingest;

    @BeforeAll
    static void start(Stores stores) throws Exception {
        Running.migrate(stores);
        ingest = new IngestProcess(stores, Map.of("TWOTICK_LOG_FORMAT", "plain"), "-Xmx128m");
    }

    @AfterAll
    static void stop() {
        ingest.close();
    }

    private static Heard say(String text) throws IOException {
        try (RawClient client = new RawClient(ingest.port())) {
            client.say(text);
            return client.hear();
        }
    }

    private static Heard post(String path, String headers) throws IOException {
        return say("POST " + path + HOST + LAST + SIGNATURE + headers + BODY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/health",
                "/health/",
                "/live",
                "/ready",
                "/metrics",
                "/webhook",
                "/webhook?hub.mode=subscribe&hub.challenge=7&hub.verify_token=wrong",
                "/webhook?hub.mode=subscribe&hub.challenge=7&hub.verify_token=the%20installation%27s%20token",
                "/nowhere",
                "/"
            })
    void headSaysWhatGetSays(String path) throws IOException {
        Heard get = say("GET " + path + HOST + LAST + "\r\n");
        Heard head = say("HEAD " + path + HOST + LAST + "\r\n");
        assertThat(head.statuses()).isEqualTo(get.statuses()).hasSize(1);
        assertThat(CONTENT.matcher(head.text())
                        .results()
                        .map(found -> found.group().replaceAll(": \\d+\r?", "")))
                .containsExactlyElementsOf(CONTENT.matcher(get.text())
                        .results()
                        .map(found -> found.group().replaceAll(": \\d+\r?", ""))
                        .toList());
        assertThat(head.text()).endsWith("\r\n\r\n");
    }

    @Test
    void livenessIsNotAskedOfTheStores() throws IOException {
        assertThat(say("GET /live" + HOST + LAST + "\r\n").statuses()).containsExactly(200);
        assertThat(say("GET /ready" + HOST + LAST + "\r\n").statuses()).containsExactly(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-HTTP-Method-Override", "x-http-method-override", "X-HTTP-Method", "X-Method-Override"})
    void aSignedPostIsAPostWhateverTriesToRenameIt(String header) throws IOException {
        for (String method : List.of("GET", "HEAD", "PUT", "DELETE", "BREW", "")) {
            assertThat(post("/webhook", header + ": " + method + "\r\n").statuses())
                    .as("%s: %s", header, method)
                    .containsExactly(200);
            assertThat(post("/webhook?_method=" + method + "&X-HTTP-Method-Override=" + method, "")
                            .statuses())
                    .as(method)
                    .containsExactly(200);
        }
    }

    @Test
    void whatIsNoPostIsNotMadeOneByAHeader() throws IOException {
        assertThat(say("GET /webhook" + HOST + LAST + SIGNATURE + "X-HTTP-Method-Override: POST\r\n" + BODY)
                        .statuses())
                .containsExactly(403);
    }

    @Test
    void whoAsksBeforeSendingTooMuchIsNotToldToContinue() throws IOException {
        assertThat(say("POST /webhook" + HOST + SIGNATURE + "Expect: 100-continue\r\nContent-Length: 3145729\r\n\r\n")
                        .statuses())
                .containsExactly(413);
    }

    @Test
    void aPathWithASlashTooManyIsThePath() throws IOException {
        assertThat(post("//webhook", "").statuses()).containsExactly(200);
        assertThat(post("/webhook//", "").statuses()).containsExactly(200);
    }

    @Test
    void aPostToAnotherPathIsCountedAndLeavesALineWithoutThePath() throws IOException {
        double before = counted("outcome=\"no such path\",status=\"404\"");
        assertThat(post("/", "").statuses()).containsExactly(404);
        assertThat(post("/stranger4711?hub=stranger4711", "").statuses()).containsExactly(404);
        assertThat(say("PUT /webhook" + HOST + LAST + SIGNATURE + BODY).statuses())
                .containsExactly(404);
        await().until(() -> counted("outcome=\"no such path\",status=\"404\"") == before + 2);
        await().until(() -> lines("post=refused reason=\"no such path\" hint=TWOTICK_WEBHOOK_PATH") == 1);
        assertThat(ingest.lines).noneMatch(line -> line.contains("stranger4711"));
    }

    @Test
    void whatTheServerRefusesByItselfIsCountedAndLeavesOneLineOfEachKind() throws IOException {
        String longWord = "stranger4711".repeat(1_000);
        Map<Integer, String> refused = Map.of(
                400,
                "POST /webhook HTTP/1.1\r\nstranger4711 : x\r\n\r\n",
                414,
                "POST /webhook?" + longWord + HOST + "\r\n",
                417,
                "POST /webhook" + HOST + SIGNATURE + "Expect: stranger4711\r\n" + BODY,
                426,
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                431,
                "POST /webhook" + HOST + "X-A: " + longWord + "\r\n\r\n",
                505,
                "POST /webhook HTTP/3.0\r\nHost: x\r\n\r\n");
        for (var each : refused.entrySet()) {
            int status = each.getKey();
            double before = counted("status=\"" + status + "\"");
            assertThat(say(each.getValue()).statuses()).as("%d", status).containsExactly(status);
            assertThat(say(each.getValue()).statuses()).as("%d", status).containsExactly(status);
            await().alias("counted " + status).until(() -> counted("status=\"" + status + "\"") == before + 2);
            await().alias("line of " + status).until(() -> lines("status=" + status) == 1);
        }
        assertThat(ingest.lines).noneMatch(line -> line.contains("stranger4711"));
    }

    private static long lines(String of) {
        return ingest.lines.stream().filter(line -> line.contains(of)).count();
    }

    private static double counted(String tags) {
        return ingest.at("/metrics")
                .get("")
                .body()
                .lines()
                .filter(line -> line.startsWith("twotick_ingest_") && line.contains(tags))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
