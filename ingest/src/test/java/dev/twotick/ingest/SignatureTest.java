package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twotick.queue.RedisKeys;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

@WithStores
class SignatureTest {
    private static final byte[] BODY = "{\"text\":\"caf\\u00e9 https:\\/\\/x \\ud83d\\ude00\"}".getBytes(UTF_8);
    private static final String GOOD = Meta.sign(BODY, Running.SECRET);

    private static Running running;

    @BeforeAll
    static void start(Stores stores) {
        running = Running.start(
                stores,
                Map.of("TWOTICK_APP_SECRETS", "shop=" + Running.SECRET + ", bank=other secret,shop=new secret"));
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    @Test
    void theAppWhoseSecretMatchedStandsInTheLogWithTheSignature() throws Exception {
        for (String secret : new String[] {"other secret", Running.SECRET, "new secret", "other secret"}) {
            byte[] body = ("signed with " + secret + System.nanoTime()).getBytes(UTF_8);
            assertThat(running.client(secret).post(body).statusCode()).isEqualTo(200);
            var row = running.log().getLast();
            assertThat(row.body()).isEqualTo(body);
            assertThat(row.app()).isEqualTo(secret.equals("other secret") ? "bank" : "shop");
            assertThat(row.signature()).hasSize(32);
        }
    }

    @Test
    void upperCaseDigitsAreDigits() {
        String upper = "sha256=" + GOOD.substring(7).toUpperCase(Locale.ROOT);
        assertThat(running.meta.post(BODY, upper).statusCode()).isEqualTo(200);
    }

    @Test
    void noHeaderIsUnauthorized() {
        assertThat(running.meta.postUnsigned(BODY).statusCode()).isEqualTo(401);
    }

    @Test
    void whatWasRefusedLastIsSaidToWhoeverLooksAtTheConsole() {
        assertThat(running.meta.post(BODY, "sha256=" + "0".repeat(64)).statusCode())
                .isEqualTo(401);
        try (Jedis redis = running.redis()) {
            await().untilAsserted(() ->
                    assertThat(redis.hget(RedisKeys.ALONE.refused(), "401")).matches("\\d{13} [a-z ]+"));
            assertThat(redis.hget(RedisKeys.ALONE.refused(), "200")).isNull();
            assertThat(redis.ttl(RedisKeys.ALONE.refused())).isPositive();
        }
    }

    @Test
    void anotherSecretsSignatureIsUnauthorized() throws Exception {
        int before = running.log().size();
        assertThat(running.client("guessed").post(BODY).statusCode()).isEqualTo(401);
        assertThat(running.log()).hasSize(before);
    }

    @Test
    void aBodyThatWasWrittenAgainIsUnauthorized() {
        byte[] rewritten = "{\"text\": \"café https://x 😀\"}".getBytes(UTF_8);
        assertThat(running.meta.post(rewritten, GOOD).statusCode()).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sha256=", "sha1=", "sha256=zz", "SHA256=", "plain"})
    void aMalformedHeaderIsUnauthorized(String prefix) {
        assertThat(running.meta.post(BODY, prefix + "ab").statusCode()).isEqualTo(401);
        assertThat(running.meta.post(BODY, prefix + "g".repeat(64)).statusCode())
                .isEqualTo(401);
        assertThat(running.meta.post(BODY, prefix + GOOD.substring(7) + "0").statusCode())
                .isEqualTo(401);
    }

    @Test
    void aHeaderThatIsNotAsciiIsUnauthorized() throws IOException {
        for (String header : new String[] {"sha256=\u00e9\u00e9", "sha256=" + "\u00e9".repeat(64)}) {
            String request = "POST /webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Hub-Signature-256: " + header
                    + "\r\nContent-Length: 2\r\n\r\n{}";
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), running.ingest.port())) {
                socket.getOutputStream().write(request.getBytes(ISO_8859_1));
                String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
                assertThat(answer).startsWith("HTTP/1.1 401");
            }
        }
    }

    @Test
    void theReasonIsCounted() {
        running.meta.postUnsigned(BODY);
        running.meta.post(BODY, "plain");
        running.client("guessed").post(BODY);
        assertThat(running.metrics())
                .contains("twotick_ingest_posts_total{outcome=\"no header\",status=\"401\"}")
                .contains("twotick_ingest_posts_total{outcome=\"malformed\",status=\"401\"}")
                .contains("twotick_ingest_posts_total{outcome=\"mismatch\",status=\"401\"}");
    }

    /// Bodies as Meta's wire has them; their folder belongs to the workshop, not to the product.
    @Test
    void bodiesInWireFormAreAcceptedByteForByte() throws Exception {
        Path folder = Path.of(System.getProperty("twotick.payloads", "../../shared/payloads"), "wire-form");
        assumeTrue(
                Files.isDirectory(folder),
                "no payloads in wire form at " + folder.toAbsolutePath().normalize());
        var bodies = new ArrayList<byte[]>();
        for (String line : Files.readAllLines(folder.resolve("SIGNATURES.txt"))) {
            String[] words = line.split(" ", -1);
            if (words.length == 2 && words[1].startsWith("sha256=")) {
                byte[] body = Files.readAllBytes(folder.resolve(words[0]));
                assertThat(running.meta.post(body, words[1]).statusCode()).isEqualTo(200);
                bodies.add(body);
            }
        }
        assertThat(bodies).isNotEmpty();
        assertThat(running.log().stream().map(Running.LogRow::body)).containsAll(bodies);
    }
}
