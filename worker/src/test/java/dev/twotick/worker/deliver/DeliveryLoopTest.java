package dev.twotick.worker.deliver;

import static dev.twotick.db.schema.Tables.HOOK_DELIVERY;
import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static dev.twotick.worker.outbox.HookTables.event;
import static dev.twotick.worker.outbox.HookTables.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.standardwebhooks.Webhook;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.deliver.Receiver.Call;
import dev.twotick.worker.deliver.Receiver.Reply;
import dev.twotick.worker.outbox.Cidr;
import dev.twotick.worker.outbox.CircuitBreaker;
import dev.twotick.worker.outbox.DeliveryLedger;
import dev.twotick.worker.outbox.HookSecret;
import dev.twotick.worker.outbox.HookSettings;
import dev.twotick.worker.outbox.HookTables;
import dev.twotick.worker.outbox.OwedCall;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@WithStores
class DeliveryLoopTest {
    private static final RetrySchedule SOON = new RetrySchedule(
            List.of(Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofMillis(50)), 0.2, Duration.ofHours(24));
    private static final CircuitBreaker PATIENT =
            new CircuitBreaker(1_000, Duration.ofSeconds(5), Duration.ofMinutes(15), Duration.ofDays(5));
    private static HookTables tables;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final HookSettings settings = HookTables.settings();
    private Receiver receiver;

    @BeforeAll
    static void migrate(Stores stores) {
        tables = new HookTables(stores);
    }

    @AfterAll
    static void closePool() {
        tables.close();
    }

    @BeforeEach
    void open() throws Exception {
        tables.clear();
        receiver = opened(new Receiver());
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        opened.add(closeable);
        return closeable;
    }

    private DeliveryLoop loop() {
        return loop(settings, SOON, PATIENT);
    }

    private DeliveryLoop loop(HookSettings with, RetrySchedule schedule, CircuitBreaker breaker) {
        DeliveryLoop loop = opened(new DeliveryLoop(
                new DeliveryLedger(tables.db, with, breaker),
                with,
                new SimpleMeterRegistry(),
                schedule,
                InstantSource.system()));
        loop.start();
        return loop;
    }

    private void commitAndSend(DeliveryLoop loop, String type, String factKey) {
        loop.sendFirst(tables.enqueue(settings, List.of(event(type, factKey)), 100));
    }

    private static void verify(HookSecret secret, Call call) throws Exception {
        new Webhook(secret.text()).verify(call.body(), HttpHeaders.of(Map.copyOf(call.headers()), (_, _) -> true));
    }

    @Test
    void aStockLibraryAcceptsTheSignature() throws Exception {
        tables.endpoint("app", receiver.url());

        commitAndSend(loop(), "message.received", "in:1:wamid.1");

        await().untilAsserted(() -> assertThat(receiver.calls).hasSize(1));
        Call call = receiver.calls.getFirst();
        verify(HookTables.SECRET, call);
        assertThat(call.id())
                .isEqualTo(event("message.received", "in:1:wamid.1").id().toString());
        assertThat(call.headers().getFirst("content-type")).startsWith("application/json");
        assertThat(call.body())
                .isEqualTo("{\"type\":\"message.received\",\"timestamp\":\"2026-11-21T10:00:00Z\","
                        + "\"data\":{\"text\":\"héllo 👋\"}}");
    }

    @Test
    void whileASecretIsReplacedBothAreAccepted() throws Exception {
        HookSecret next = HookSecret.parse("whsec_" + "bmV3IHNlY3JldCBuZXcgc2VjcmV0IG5ldyBzZWNyZXQ=");
        UUID endpoint = tables.endpoint("app", receiver.url());
        tables.db
                .update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.SECRET, HookTables.BOX.seal(next))
                .set(HOOK_ENDPOINT.PREVIOUS_SECRET, HookTables.BOX.seal(HookTables.SECRET))
                .where(HOOK_ENDPOINT.ID.eq(endpoint))
                .execute();

        commitAndSend(loop(), "message.received", "1");

        await().untilAsserted(() -> assertThat(receiver.calls).hasSize(1));
        verify(next, receiver.calls.getFirst());
        verify(HookTables.SECRET, receiver.calls.getFirst());
    }

    @Test
    void aReceiverThatFailsTwiceGetsTheSameIdThreeTimes() {
        tables.endpoint(
                "app",
                receiver.answering(n -> n < 2 ? new Reply(500, Map.of()) : Reply.OK)
                        .url());

        commitAndSend(loop(), "message.received", "1");

        await().untilAsserted(() -> assertThat(tables.attempts()).containsExactly("retry", "retry", "delivered"));
        assertThat(receiver.calls)
                .extracting(Call::id)
                .containsOnly(event("message.received", "1").id().toString());
        assertThat(receiver.calls).hasSize(3);
        assertThat(tables.deliveries()).isZero();
    }

    @Test
    void afterTheLastAttemptTheDeliveryStaysAsADeadLetter() {
        tables.endpoint("app", receiver.answering(503).url());

        commitAndSend(loop(), "message.received", "1");

        await().untilAsserted(() -> assertThat(tables.attempts()).containsExactly("retry", "retry", "retry", "dead"));
        var row = tables.db.fetchSingle(HOOK_DELIVERY);
        assertThat(row.get(HOOK_DELIVERY.NEXT_ATTEMPT_AT)).isNull();
        assertThat(row.get(HOOK_DELIVERY.ATTEMPT)).isEqualTo(4);
        assertThat(row.get(HOOK_DELIVERY.LAST_ERROR)).isEqualTo("HTTP 503");
    }

    @Test
    void aRedirectIsAFailureAndIsNotFollowed() throws Exception {
        Receiver elsewhere = opened(new Receiver());
        tables.endpoint(
                "app",
                receiver.answering(_ -> new Reply(302, Map.of("Location", elsewhere.url())))
                        .url());

        commitAndSend(loop(), "message.received", "1");

        await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(4));
        assertThat(elsewhere.calls).isEmpty();
        assertThat(tables.errors()).contains("HTTP 302: redirects are not followed");
    }

    @Test
    void retryAfterPutsTheNextAttemptOff() {
        tables.endpoint(
                "app",
                receiver.answering(_ -> new Reply(429, Map.of("Retry-After", "7200")))
                        .url());

        commitAndSend(loop(), "message.received", "1");

        await().untilAsserted(() -> assertThat(tables.attempts()).containsExactly("retry"));
        assertThat(tables.db
                        .fetchSingle("select extract(epoch from next_attempt_at - now())::int from hook_delivery")
                        .get(0, Integer.class))
                .isBetween(7_100, 7_200);
    }

    @Test
    void http410DisablesTheEndpointAndTheOthersAreTold() throws Exception {
        Receiver other = opened(new Receiver());
        tables.endpoint("gone", receiver.answering(410).url(), "message.*");
        tables.endpoint("other", other.url(), "endpoint.*");
        DeliveryLoop loop = loop();

        commitAndSend(loop, "message.received", "1");

        await().untilAsserted(() -> assertThat(other.calls).hasSize(1));
        assertThat(other.calls.getFirst().body()).contains("endpoint.disabled", "\"name\":\"gone\"");
        assertThat(tables.db
                        .selectFrom(HOOK_ENDPOINT)
                        .where(HOOK_ENDPOINT.NAME.eq("gone"))
                        .fetchSingle(HOOK_ENDPOINT.ACTIVE))
                .isFalse();
        assertThat(tables.enqueue(settings, List.of(event("message.received", "2")), 10))
                .isEmpty();
        assertThat(receiver.calls).hasSize(1);
    }

    @Test
    void aPrivateAddressIsRefusedUnlessItIsOpened() {
        HookSettings closed = HookTables.settings(Duration.ofSeconds(1), Duration.ofSeconds(4), List.of());
        tables.endpoint("app", receiver.url().replace("127.0.0.1", "localhost"));

        loop(closed, SOON, PATIENT).sendFirst(tables.enqueue(settings, List.of(event("a.b", "1")), 10));

        await().untilAsserted(() -> assertThat(tables.errors()).hasSizeGreaterThan(1));
        assertThat(tables.errors()).allMatch(error -> error.contains("is not a public address"));
        assertThat(receiver.calls).isEmpty();

        HookSettings open = HookTables.settings(
                Duration.ofSeconds(1), Duration.ofSeconds(4), List.of(Cidr.parse("127.0.0.1"), Cidr.parse("::1")));
        loop(open, SOON, PATIENT).sendFirst(tables.enqueue(settings, List.of(event("a.b", "2")), 10));
        await().untilAsserted(() -> assertThat(receiver.calls).isNotEmpty());
    }

    @Test
    void anEndpointThatNeverAnswersDoesNotDelayAnother() throws Exception {
        ServerSocket silent = opened(new ServerSocket(0, 1_000, InetAddress.ofLiteral("127.0.0.1")));
        tables.endpoint("silent", "http://127.0.0.1:" + silent.getLocalPort() + "/");
        UUID sound = tables.endpoint("sound", receiver.url());
        HookSettings slow =
                HookTables.settings(Duration.ofSeconds(5), Duration.ofSeconds(30), List.of(Cidr.parse("127.0.0.0/8")));
        DeliveryLoop loop = loop(slow, SOON, PATIENT);
        for (int i = 0; i < 5; i++) {
            loop.sendFirst(tables.enqueue(slow, events("a.b" + "x".repeat(i), 200), loop.free()));
        }

        long before = System.nanoTime();
        List<OwedCall> one = tables.enqueue(slow, List.of(event("last.one", "1")), loop.free());
        loop.sendFirst(one);

        assertThat(one).extracting(OwedCall::endpointId).contains(sound);
        await().until(() -> receiver.calls.stream().anyMatch(call -> call.body().contains("last.one")));
        Call last = receiver.calls.stream()
                .filter(call -> call.body().contains("last.one"))
                .findFirst()
                .orElseThrow();
        // the other's first calls have not even timed out by then
        assertThat(Duration.ofNanos(last.at() - before)).isLessThan(Duration.ofMillis(4_500));
        await().until(() -> receiver.calls.stream().map(Call::id).distinct().count() == 1_001);
    }

    @Test
    void anAnswerAByteAtATimeIsCutAtTheDeadline() throws Exception {
        ServerSocket slow = opened(new ServerSocket(0, 10, InetAddress.ofLiteral("127.0.0.1")));
        Thread.startVirtualThread(() -> {
            try (Socket socket = slow.accept()) {
                while (true) {
                    socket.getOutputStream().write("HTTP/1.1 200 OK\r\nX-Long: ".getBytes(StandardCharsets.UTF_8));
                    socket.getOutputStream().flush();
                    Thread.sleep(50);
                }
            } catch (Exception e) {
                // the sender has had enough
            }
        });
        tables.endpoint("slow", "http://127.0.0.1:" + slow.getLocalPort() + "/");

        commitAndSend(loop(), "a.b", "1");

        await().untilAsserted(() -> assertThat(tables.errors()).isNotEmpty());
        assertThat(tables.errors().getFirst()).isEqualTo("no answer within 1000 ms");
        assertThat(tables.db
                        .fetchSingle("select duration_ms from hook_attempt limit 1")
                        .get(0, Integer.class))
                .isBetween(950, 2_000);
    }

    @Test
    void twoLoopsOnOneDatabaseMakeEachCallOnce() {
        tables.endpoint("app", receiver.url());
        loop();
        loop();

        tables.enqueue(settings, events("a.b", 500), 0);

        await().untilAsserted(() -> assertThat(tables.deliveries()).isZero());
        assertThat(receiver.calls).hasSize(500);
        assertThat(receiver.calls.stream().map(Call::id)).doesNotHaveDuplicates();
        assertThat(tables.attempts()).hasSize(500).containsOnly("delivered");
    }

    @Test
    void whenItsOwnerDiedAnotherMakesTheCallAfterTheLease() {
        HookSettings shortLease =
                HookTables.settings(Duration.ofMillis(400), Duration.ofMillis(900), List.of(Cidr.parse("127.0.0.0/8")));
        tables.endpoint("app", receiver.url());
        loop(shortLease, SOON, PATIENT);
        long leased = System.nanoTime();

        List<OwedCall> neverSent = tables.enqueue(shortLease, List.of(event("a.b", "1")), 10);

        assertThat(neverSent).hasSize(1);
        await().untilAsserted(() -> assertThat(tables.attempts()).containsExactly("delivered"));
        assertThat(Duration.ofNanos(receiver.calls.getFirst().at() - leased)).isGreaterThan(Duration.ofMillis(890));
    }

    /// As after a jump of the database's clock: whatever is leased looks due.
    @Test
    void aLeaseThatAClockEndedEarlyMeansOneMoreCallUnderTheSameIdAndOneOutcome() {
        CountDownLatch second = new CountDownLatch(1);
        receiver.answering(number -> {
            if (number == 0) {
                awaitQuietly(second);
            } else {
                second.countDown();
            }
            return Reply.OK;
        });
        tables.endpoint("app", receiver.url());
        commitAndSend(loop(), "a.b", "1");
        await().until(() -> receiver.calls.size() == 1);

        tables.db.execute("update hook_delivery set next_attempt_at = next_attempt_at - interval '1 hour'");
        loop();

        await().until(() -> receiver.calls.size() == 2);
        await().until(() -> tables.deliveries() == 0);
        assertThat(receiver.calls)
                .extracting(Call::id)
                .containsOnly(receiver.calls.getFirst().id());
        assertThat(tables.attempts()).containsExactly("delivered");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void anAttemptThatFindsNoPartitionMakesItsDay() {
        tables.endpoint("app", receiver.url());
        tables.db.execute("drop table hook_attempt_"
                + tables.db.fetchValue("select to_char(now() at time zone 'UTC', 'YYYYMMDD')"));

        commitAndSend(loop(), "a.b", "1");

        await().untilAsserted(() -> assertThat(tables.attempts()).containsExactly("delivered"));
        assertThat(receiver.calls).hasSize(1);
    }

    @Test
    void noCallBeginsWithLessLeaseLeftThanItMayNeed() {
        HookSettings half =
                HookTables.settings(Duration.ofSeconds(5), Duration.ofSeconds(4), List.of(Cidr.parse("127.0.0.0/8")));
        tables.endpoint("app", receiver.url());
        DeliveryLoop loop = loop(half, SOON, PATIENT);

        loop.sendFirst(tables.enqueue(half, List.of(event("a.b", "1")), 10));

        await().during(Duration.ofMillis(500))
                .untilAsserted(() -> assertThat(receiver.calls).isEmpty());
        assertThat(tables.attempts()).isEmpty();
    }

    @Test
    void tenThousandCallsToOneEndpointArriveOnceEach() {
        tables.endpoint("app", receiver.url());
        IntStream.range(0, 10).forEach(i -> tables.enqueue(settings, events("a.b" + "x".repeat(i), 1_000), 0));

        loop();

        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(tables.deliveries()).isZero());
        assertThat(receiver.calls.size()).isEqualTo(10_000);
        assertThat(receiver.calls.stream().map(Call::id)).doesNotHaveDuplicates();
    }

    @Test
    void aFailingEndpointIsPausedAndRecoversByAProbe() throws Exception {
        CircuitBreaker quick = new CircuitBreaker(3, Duration.ofMillis(300), Duration.ofSeconds(1), Duration.ofDays(5));
        Receiver other = opened(new Receiver());
        tables.endpoint("app", receiver.answering(500).url(), "a.*");
        tables.endpoint("other", other.url(), "endpoint.*");
        loop(settings, RetrySchedule.STANDARD, quick);
        tables.enqueue(settings, events("a.b", 100), 0);

        await().untilAsserted(() ->
                assertThat(other.calls).extracting(Call::body).anyMatch(body -> body.contains("endpoint.failing")));
        assertThat(receiver.calls.size()).isLessThan(20);
        receiver.answering(204);

        await().untilAsserted(() ->
                assertThat(other.calls).extracting(Call::body).anyMatch(body -> body.contains("endpoint.recovered")));
        // those that were never tried; the failed ones are due in 5 s, by the schedule
        await().untilAsserted(() -> assertThat(tables.db.fetchCount(HOOK_DELIVERY, HOOK_DELIVERY.ATTEMPT.eq(0)))
                .isZero());
        assertThat(tables.db
                        .fetchSingle("select max(attempt) from hook_attempt")
                        .get(0, Integer.class))
                .isEqualTo(1);
        assertThat(tables.eventTypes().stream().filter(type -> type.startsWith("endpoint.")))
                .containsExactly("endpoint.failing", "endpoint.recovered");
    }

    @Test
    void aDeliveryWhoseEndpointIsNoLongerActiveIsNotSent() {
        UUID endpoint = tables.endpoint("app", receiver.url());
        tables.enqueue(settings, List.of(event("a.b", "1")), 0);
        tables.db.update(HOOK_ENDPOINT).set(HOOK_ENDPOINT.ACTIVE, false).execute();
        loop();

        await().during(Duration.ofMillis(700))
                .untilAsserted(() -> assertThat(receiver.calls).isEmpty());
        tables.db
                .update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.ACTIVE, true)
                .where(HOOK_ENDPOINT.ID.eq(endpoint))
                .execute();
        await().untilAsserted(() -> assertThat(receiver.calls).hasSize(1));
    }

    @Test
    void closingGivesBackWhatWasNotBegun() throws Exception {
        ServerSocket silent = opened(new ServerSocket(0, 1_000, InetAddress.ofLiteral("127.0.0.1")));
        List<Socket> accepted = new CopyOnWriteArrayList<>();
        tables.endpoint("silent", "http://127.0.0.1:" + silent.getLocalPort() + "/");
        DeliveryLoop loop = loop();
        loop.sendFirst(tables.enqueue(settings, events("a.b", 50), 50));

        loop.close();

        assertThat(accepted).isEmpty();
        assertThat(tables.db.fetchCount(
                        HOOK_DELIVERY, HOOK_DELIVERY.CLAIM.isNull().and(HOOK_DELIVERY.ATTEMPT.eq(0))))
                .isGreaterThan(40);
        assertThat(tables.db.fetchCount(HOOK_DELIVERY, HOOK_DELIVERY.CLAIM.isNotNull()))
                .isZero();
    }
}
