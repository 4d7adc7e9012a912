package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.ingest.RawClient.Heard;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What strangers do on the open internet, against an ingest in a small heap, while Meta posts. The patient
/// ones all begin together, so that the tests wait for the longest and not for the sum.
@WithStores
class AbuseTest {
    private static final String SIGNED = "POST /webhook HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: "
            + Meta.sign("{}".getBytes(UTF_8), Running.SECRET) + "\r\n";
    private static final String CHUNKS = "2\r\n{}\r\n0\r\n\r\n";
    private static final String LAST = "Connection: close\r\n";

    private static Running log;
    private static IngestProcess ingest;
    private static Traffic meta;
    private static ExecutorService strangers;
    private static List<Future<Heard>> silent;
    private static List<Future<Heard>> slowHeads;
    private static List<Future<Heard>> slowBodies;
    private static Future<Heard> tooFewBytes;
    private static Future<Heard> tunnel;

    @BeforeAll
    static void everybodyAtOnce(Stores stores) throws Exception {
        log = Running.start(stores, Map.of());
        ingest = new IngestProcess(stores, Map.of("TWOTICK_LOG_FORMAT", "plain"), "-Xmx64m");
        meta = new Traffic(4, ingest::meta);
        meta.awaitMore(50, 200);
        strangers = Executors.newVirtualThreadPerTaskExecutor();
        silent = many(
                800, // more than it lets in at a time
                "", _ -> {});
        slowHeads = many(300, "GET /health HTTP/1.1\r\nHost: x\r\n", client -> drip(client, "X-A: b\r\n"));
        // together more than the room for bodies that are not small
        slowBodies =
                many(300, SIGNED + "Content-Length: 100000\r\n\r\n" + "x".repeat(25_000), client -> drip(client, "x"));
        tooFewBytes = one(SIGNED + "Content-Length: 3\r\n\r\n{}", _ -> {});
        tunnel = one("CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n", _ -> {});
    }

    @AfterAll
    static void metaWasServedAllTheTime() throws Exception {
        strangers.close();
        long answered = meta.answered(200);
        meta.awaitMore(50, 200);
        meta.end();
        assertThat(meta.answered(503)).isZero();
        assertThat(answered).isGreaterThan(500);
        assertThat(log.kept()).containsAll(meta.accepted);
        assertThat(ingest.process.isAlive()).isTrue();
        assertThat(ingest.lines).as("nobody fills the log").hasSizeLessThan(40);
        ingest.close();
        log.close();
    }

    private static List<Future<Heard>> many(int clients, String head, Consumer<RawClient> then) {
        return IntStream.range(0, clients).mapToObj(_ -> one(head, then)).toList();
    }

    /// Says the head, does what it does, and hears until it is hung up on.
    private static Future<Heard> one(String head, Consumer<RawClient> then) {
        return strangers.submit(() -> {
            try (RawClient client = new RawClient(ingest.port())) {
                client.say(head);
                then.accept(client);
                return client.hear();
            }
        });
    }

    private static void drip(RawClient client, String drop) {
        for (int i = 0; i < 1_000 && client.say(drop); i++) {
            LockSupport.parkNanos(200_000_000);
        }
    }

    private static void pour(RawClient client) {
        String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
        for (int i = 0; i < 100_000 && client.say(chunk); i++) {}
    }

    private static Heard say(String text) throws IOException {
        try (RawClient client = new RawClient(ingest.port())) {
            client.say(text);
            return client.hear();
        }
    }

    /// And those that wait at the door meanwhile come in.
    @Test
    void connectionsThatSayNothingAreClosed() throws Exception {
        for (Future<Heard> client : silent) {
            assertThat(client.get()).isEqualTo(new Heard(List.of(), "", true));
        }
    }

    @Test
    void headersThatComeByAndByAreCutOff() throws Exception {
        for (Future<Heard> client : slowHeads) {
            assertThat(client.get()).isEqualTo(new Heard(List.of(), "", true));
        }
    }

    @Test
    void bodiesThatComeByAndByAreCutOff() throws Exception {
        for (Future<Heard> client : slowBodies) {
            assertThat(client.get().closed()).isTrue();
            assertThat(client.get().statuses()).isSubsetOf(408, 503).hasSize(1); // 503: there was no room for it
        }
    }

    @Test
    void aBodyShorterThanItsContentLengthIsNotWaitedForLong() throws Exception {
        assertThat(tooFewBytes.get().closed()).isTrue();
        assertThat(tooFewBytes.get().statuses()).isSubsetOf(408, 503).hasSize(1);
    }

    @Test
    void anEndlessBodyIsTooLongAndItsConnectionClosed() throws Exception {
        Heard heard = one(SIGNED + "Transfer-Encoding: chunked\r\n\r\n", AbuseTest::pour)
                .get();
        assertThat(heard.closed()).isTrue();
        assertThat(heard.statuses()).isSubsetOf(413); // or nothing: who does not stop talking may not hear it
    }

    @Test
    void nobodyIsTunnelledAnywhere() throws Exception {
        assertThat(tunnel.get().statuses()).containsExactly(400);
    }

    @Test
    void whatFollowsABodyIsTheNextRequestOrNone() throws Exception {
        assertThat(say(SIGNED + "Content-Length: 2\r\n\r\n{}{}{}").statuses()).containsExactly(200, 400);
        assertThat(say((SIGNED + "Content-Length: 2\r\n\r\n{}").repeat(5) + SIGNED + LAST
                                + "Content-Length: 2\r\n\r\n{}")
                        .statuses())
                .containsExactly(200, 200, 200, 200, 200, 200);
    }

    @Test
    void whoAsksBeforeSendingIsToldToContinueUnlessItsHeadIsWrong() throws Exception {
        String asks = LAST + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n";
        assertThat(say(SIGNED + asks + "{}").statuses()).containsExactly(100, 200);
        assertThat(say("POST /webhook HTTP/1.1\r\nHost: x\r\n" + asks).statuses())
                .containsExactly(401);
    }

    /// Each could be read in two ways, by us and by a proxy before us.
    @Test
    void ambiguousFramingIsRefusedAndTheConnectionClosed() throws Exception {
        List<String> heads = List.of(
                "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
                "Content-Length: 2\r\nContent-Length: 7\r\n",
                "Content-Length: 2\r\nContent-Length: 2\r\n",
                "Content-Length: 2, 2\r\n",
                "Content-Length: +2\r\n",
                "Content-Length: -2\r\n",
                "Content-Length: 99999999999999999999\r\n",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding: chunked, chunked\r\n",
                "Transfer-Encoding: identity\r\n",
                "Transfer-Encoding: xchunked\r\n",
                "Transfer-Encoding: \u000bchunked\r\n",
                "Transfer-Encoding : chunked\r\n",
                "X-A: b\r\n c\r\nContent-Length: 2\r\n",
                "X-A: b\rContent-Length: 2\r\n",
                "X-A: b\nContent-Length: 2\r\n",
                "X-A: b\0c\r\nContent-Length: 2\r\n",
                "Host: y\r\nContent-Length: 2\r\n");
        for (String head : heads) {
            Heard heard = say(SIGNED + head + "\r\n" + CHUNKS + "GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(heard.statuses()).as(head).containsExactly(400);
            assertThat(heard.closed()).as(head).isTrue();
        }
        List<String> chunks =
                List.of("ffffffffffffffff\r\n{}", "zz\r\n{}", "2;" + "a".repeat(20_000) + "\r\n{}", "2\n{}");
        for (String chunk : chunks) {
            assertThat(say(SIGNED + "Transfer-Encoding: chunked\r\n\r\n" + chunk + "\r\n0\r\n\r\n")
                            .statuses())
                    .as(chunk)
                    .containsExactly(400);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "400, GET http://evil.example/health HTTP/1.1",
        "400, GET evil.example:80 HTTP/1.1",
        "400, GET /%zz HTTP/1.1",
        "400, GET /webhook%00 HTTP/1.1",
        "400, GET /../../../../etc/passwd HTTP/1.1",
        "404, GET /..%2f..%2fetc/passwd HTTP/1.1",
        "404, GET /webhook/../health HTTP/1.1",
        "404, GET /webhook/%2e%2e/health HTTP/1.1",
        "404, GET /webhook;a=b HTTP/1.1",
        "404, OPTIONS * HTTP/1.1",
        "404, PUT /webhook HTTP/1.1",
        "404, DELETE /webhook HTTP/1.1",
        "404, TRACE /webhook HTTP/1.1",
        "404, BREW /webhook HTTP/1.1",
        "404, post /webhook HTTP/1.1",
        "403, GET /webhook?hub.mode=%zz&hub.verify_token=%e0%80 HTTP/1.1",
        "403, GET /webhook?hub.mode=subscribe&hub.challenge=1&hub.verify_token=%zz HTTP/1.1",
        "426, PRI * HTTP/2.0",
        "505, GET /health HTTP/3.0",
    })
    void anOddRequestIsAnsweredPlainly(int status, String line) throws IOException {
        assertThat(say(line + "\r\nHost: x\r\n" + LAST + "\r\n").statuses()).containsExactly(status);
    }

    @Test
    void oddHeadsAreAnsweredPlainly() throws IOException {
        assertThat(say("GET /webhook?hub.mode=" + "a".repeat(10_240) + " HTTP/1.1\r\nHost: x\r\n\r\n")
                        .statuses())
                .containsExactly(414);
        assertThat(say("GET /health HTTP/1.1\r\nHost: x\r\nX-A: " + "a".repeat(100_000) + "\r\n\r\n")
                        .statuses())
                .isSubsetOf(431); // or cut off, when we had not finished saying it
        assertThat(say("GET /health HTTP/1.1\r\nHost: x\r\n" + "A: b\r\n".repeat(5_000) + "\r\n")
                        .statuses())
                .isSubsetOf(431);
        assertThat(say("GET /health HTTP/1.1\r\n\r\n").statuses()).containsExactly(400);
        assertThat(say("GET /health HTTP/1.1\r\nHost: a b<script>\r\n\r\n").statuses())
                .containsExactly(400);
        assertThat(say("GET /health\r\n\r\n").statuses()).containsExactly(505); // HTTP/0.9
        assertThat(say("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003")
                        .statuses())
                .containsExactly(400); // TLS
    }

    /// Meta sends again after a 503 and where a connection ended: whoever still sends its body may lose a 503.
    private static boolean isTaken(Meta client, byte[] body, String signature) {
        try {
            return client.post(body, signature).statusCode() == 200;
        } catch (AssertionError noAnswer) {
            return false;
        }
    }

    @Test
    void aHundredBodiesOfThreeMebibytesAtOnceAreAllTakenInTheEnd() throws Exception {
        byte[] body = new byte[3 * 1024 * 1024];
        String signature = Meta.sign(body, Running.SECRET);
        Meta client = ingest.meta();
        List<Future<?>> posted = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            posted.add(strangers.submit(() -> {
                while (!isTaken(client, body, signature)) {
                    LockSupport.parkNanos(500_000_000);
                }
            }));
        }
        for (Future<?> each : posted) {
            each.get();
        }
        try (var connection = log.connect();
                var row = connection
                        .createStatement()
                        .executeQuery("select count(*) from payload_log where length(body) = " + body.length)) {
            row.next();
            assertThat(row.getInt(1)).isGreaterThanOrEqualTo(100);
        }
    }
}
