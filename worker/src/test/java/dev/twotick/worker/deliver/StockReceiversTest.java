package dev.twotick.worker.deliver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.Installed;
import dev.twotick.worker.outbox.HookSecret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The receivers in `examples/receivers`, each in its language with the stock library, against calls that are signed
/// here. What `examples/receivers/install` has not brought is named and left out; `-Dtwotick.languages=all` insists; on
/// Rust's where cargo is.
class StockReceiversTest {
    private static final String RECEIVERS = "."; // of examples/receivers
    private static final String RUST = "rust/target/release/receiver";
    private static final String NEW = "whsec_bmV3IHNlY3JldCBuZXcgc2VjcmV0IG5ldyBzZWNyZXQ=";
    private static final String OLD = "whsec_b2xkIHNlY3JldCBvbGQgc2VjcmV0IG9sZCBzZWNyZXQ=";
    private static final String OTHER = "whsec_b3RoZXIgc2VjcmV0IG90aGVyIHNlY3JldCBvdGhlciE=";

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    Path folder;

    static Stream<Arguments> receivers() {
        return Stream.of(
                Arguments.of("Node, Express", "node/node_modules", List.of("node", "node/express.js")),
                Arguments.of("Node, fetch", "node/node_modules", List.of("node", "node/fetch.js")),
                Arguments.of(
                        "Python, FastAPI",
                        "python/.venv",
                        List.of("python/.venv/bin/python", "python/receiver_fastapi.py")),
                Arguments.of(
                        "Python, Flask",
                        "python/.venv",
                        List.of("python/.venv/bin/python", "python/receiver_flask.py")),
                Arguments.of(
                        "Python, Django",
                        "python/.venv",
                        List.of("python/.venv/bin/python", "python/receiver_django.py")),
                Arguments.of("Go", "go/receiver", List.of("go/receiver")),
                Arguments.of("Rust", RUST, List.of(RUST)),
                Arguments.of("Java", "java/Receiver.java", List.of(java(), "java/Receiver.java")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("receivers")
    void aStockLibraryVerifiesEveryCall(String name, String needs, List<String> command) throws Exception {
        boolean canBe = !needs.equals(RUST) || Installed.program("cargo").isPresent();
        InstalledReceiver.require(name, RECEIVERS, needs, command.getFirst(), canBe);
        Map<String, String> environment = Map.of(
                "CLASSPATH",
                System.getProperty("java.class.path"), // of Java's
                "TWOTICK_HOOK_SECRET",
                NEW + ", " + OLD);
        try (var receiver = new InstalledReceiver(RECEIVERS, command, environment, folder.resolve("log"))) {
            int port = receiver.port;
            for (Map.Entry<String, String> body : bodies().entrySet()) {
                String what = name + ": " + body.getKey();
                assertThat(post(port, body.getValue(), List.of(NEW))).as(what).isEqualTo(204);
                assertThat(post(port, body.getValue(), List.of(NEW, OLD)))
                        .as(what)
                        .isEqualTo(204);
                assertThat(post(port, body.getValue(), List.of(OLD, NEW)))
                        .as(what)
                        .isEqualTo(204);
                assertThat(post(port, body.getValue(), List.of(OTHER))).as(what).isEqualTo(401);
            }
        }
    }

    /// What a parser would write otherwise, and what some servers find too long.
    private static Map<String, String> bodies() {
        Map<String, String> bodies = new LinkedHashMap<>();
        bodies.put("Meta's escapes", body("Gr\\u00fc\\u00dfe \\ud83d\\ude42 https:\\/\\/example.com\\/", 1));
        bodies.put("UTF-8", body("Grüße 🙂 https://example.com/ 1.10", 1));
        bodies.put("half a surrogate pair", body("\\ud83d", 1));
        bodies.put("66 kB", body("🙂", 4_096 * 4));
        bodies.put("3 MB", body("Grüße, ", 400_000));
        return bodies;
    }

    private static String body(String text, int times) {
        return "{\"type\":\"message.received\",\"timestamp\":\"2026-11-21T12:44:03Z\",\"data\":{\"text\":\""
                + text.repeat(times) + "\",\"raw\":{ \"n\" : 1.10 }}}";
    }

    private int post(int port, String body, List<String> secrets) throws IOException, InterruptedException {
        byte[] bytes = body.getBytes(UTF_8);
        UUID id = UUID.randomUUID();
        Instant now = Instant.now();
        String signature =
                HookSigner.signature(secrets.stream().map(HookSecret::parse).toList(), id, now, bytes);
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                .header("Content-Type", "application/json")
                .header("webhook-id", id.toString())
                .header("webhook-timestamp", String.valueOf(now.getEpochSecond()))
                .header("webhook-signature", signature)
                .POST(HttpRequest.BodyPublishers.ofByteArray(bytes))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }
}
