package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.ingest.RawClient.Heard;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Loopback is the proxy; who is behind it stands in the header. Two a minute, so that nothing comes back in the
/// meantime. Two addresses may fall on one place: what must be open is asked of several.
@WithStores
class UnsignedLimitTest {
    private static final String SIGNATURE = "X-Hub-Signature-256: ";
    private static final String SIGNED = SIGNATURE + Meta.sign("{}".getBytes(UTF_8), Running.SECRET) + "\r\n";
    private static final String FORGED = SIGNATURE + "sha256=" + "0".repeat(64) + "\r\n";
    private static final String BODY = "Content-Length: 2\r\n\r\n{}";
    private static final AtomicInteger addresses = new AtomicInteger();

    private static Running running;

    @BeforeAll
    static void start(Stores stores) {
        running = Running.start(
                stores, Map.of("TWOTICK_UNSIGNED_PER_MINUTE", "2", "TWOTICK_TRUSTED_PROXIES", "127.0.0.1"));
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    private static String another() {
        return "198.51.100." + addresses.incrementAndGet();
    }

    private static Heard say(String line, String from, String rest) throws IOException {
        try (RawClient client = new RawClient(running.ingest.port())) {
            client.say(line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: " + from + "\r\n" + rest);
            return client.hear();
        }
    }

    private static Heard post(String from, String headers) throws IOException {
        return say("POST /webhook", from, headers + BODY);
    }

    private static Heard get(String from, String path) throws IOException {
        return say("GET " + path, from, "\r\n");
    }

    private static String handshake(String token) {
        return "/webhook?hub.mode=subscribe&hub.challenge=7&hub.verify_token=" + token;
    }

    private static Heard until429(Callable<Heard> request) throws Exception {
        for (int i = 0; i < 100; i++) {
            Heard heard = request.call();
            if (heard.statuses().equals(List.of(429))) {
                return heard;
            }
        }
        throw new AssertionError("never limited");
    }

    /// Of what was scraped a moment ago, the same is shown again.
    private static void counted(String... lines) {
        await().untilAsserted(() -> assertThat(running.metrics()).contains(lines));
    }

    @Test
    void whoPostsWithoutASignatureIsLimitedAndWhatItSignsIsTaken() throws Exception {
        String from = another();
        Heard limited = until429(() -> post(from, ""));
        assertThat(limited.text()).containsPattern("(?i)Retry-After: \\d+");
        assertThat(post(from, SIGNED).statuses()).containsExactly(200);
        counted("twotick_ingest_posts_total{outcome=\"no header\",status=\"429\"}");
    }

    @Test
    void soIsWhoSignsWrongly() throws Exception {
        String from = another();
        until429(() -> post(from, FORGED));
        assertThat(post(from, SIGNED).statuses()).containsExactly(200);
        counted("twotick_ingest_posts_total{outcome=\"mismatch\",status=\"429\"}");
    }

    @Test
    void theBodyOfALimitedPostIsNotWaitedFor() throws Exception {
        String from = another();
        until429(() -> post(from, ""));
        Heard heard = say("POST /webhook", from, "Content-Length: 3000000\r\n\r\nnothing more comes");
        assertThat(heard.statuses()).containsExactly(429);
        assertThat(heard.closed()).isTrue();
    }

    @Test
    void aHandshakeIsLimitedUnlessItsTokenIsRight() throws Exception {
        String from = another();
        for (int i = 0; i < 8; i++) {
            get(another(), handshake("wrong"));
        }
        until429(() -> get(from, handshake("wrong")));
        assertThat(get(from, handshake("the%20installation%27s%20token")).statuses())
                .containsExactly(200);
        counted(
                "twotick_ingest_refused_total{reason=\"handshake\",status=\"403\"}",
                "twotick_ingest_refused_total{reason=\"handshake\",status=\"429\"}");
    }

    @Test
    void whoTriesPathsIsLimitedAndHearsOfHealthAllTheSame() throws Exception {
        String from = another();
        until429(() -> get(from, "/wp-login.php"));
        until429(() -> say("POST /elsewhere", from, SIGNED + BODY));
        for (String probe : new String[] {"/health", "/ready", "/live", "/metrics", "/health/"}) {
            assertThat(get(from, probe).statuses()).as(probe).containsExactly(200);
        }
        counted(
                "twotick_ingest_refused_total{reason=\"no such path\",status=\"429\"}",
                "twotick_ingest_posts_total{outcome=\"no such path\",status=\"429\"}");
    }

    @Test
    void othersAreNotLimited() throws Exception {
        String from = another();
        until429(() -> post(from, ""));
        assertThat(IntStream.range(0, 8).mapToObj(_ -> answered(another()))).contains(401);
    }

    @Test
    void theAddressesOfOneIpv6NetworkAreOne() throws Exception {
        AtomicInteger host = new AtomicInteger();
        until429(() -> post("2001:db8:1:2::" + Integer.toHexString(host.incrementAndGet()), ""));
        assertThat(IntStream.range(3, 11).mapToObj(network -> answered("2001:db8:1:" + network + "::1")))
                .contains(401);
    }

    private static int answered(String from) {
        try {
            return post(from, "").statuses().getFirst();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatAClientSaysOfItselfMakesItNoOther() throws Exception {
        AtomicInteger told = new AtomicInteger();
        String from = another();
        until429(() -> post("192.0.2." + told.incrementAndGet() + ", " + from, ""));
    }

    @Test
    void nobodyElsesProxyIsBelieved() throws Exception {
        AtomicInteger told = new AtomicInteger();
        until429(() -> {
            try (RawClient stranger = RawClient.stranger(running.ingest.port())) {
                stranger.say("POST /webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: 203.0.113."
                        + told.incrementAndGet() + "\r\n" + BODY);
                return stranger.hear();
            }
        });
    }

    /// In the same breath: neither waits for the other, nor takes its place.
    @Test
    void signedPostsOfAFloodedAddressAreAllTaken() throws Exception {
        Traffic meta = new Traffic(4, () -> running.meta); // as if from the proxy itself
        AtomicBoolean ended = new AtomicBoolean();
        Thread flood = Thread.ofVirtual().start(() -> {
            while (!ended.get()) {
                flood();
            }
        });
        await().until(() -> running.meta.postUnsigned(new byte[0]).statusCode() == 429);
        meta.awaitMore(200, 200);
        ended.set(true);
        flood.join();
        meta.end();
        assertThat(meta.answered(200)).isGreaterThanOrEqualTo(200);
    }

    /// It may be cut off in the middle of its body.
    private static void flood() {
        try {
            running.meta.postUnsigned(new byte[10_000]);
        } catch (AssertionError e) {
            assertThat(e).hasMessage("no answer");
        }
    }

    @Test
    void aMinutesWorthAtOnceThenSoManyAMinute() {
        AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // nanoTime may wrap around
        TrustedProxies nobody = new TrustedProxies(List.of(), "x-forwarded-for");
        UnsignedLimit limit = new UnsignedLimit(nobody, 60, now::get);
        InetAddress address = InetAddress.ofLiteral("203.0.113.7");
        for (int i = 0; i < 60; i++) {
            assertThat(limit.count(address)).isZero();
        }
        assertThat(limit.count(address)).isBetween(1L, 2L);
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(limit.count(address)).isZero();
        assertThat(limit.count(address)).isPositive();
        now.addAndGet(Duration.ofDays(400).toNanos());
        for (int i = 0; i < 60; i++) {
            assertThat(limit.count(address)).isZero();
        }
        assertThat(limit.count(address)).isPositive();
    }
}
