package dev.twotick.worker.deliver;

import static dev.twotick.db.schema.Tables.HOOK_DELIVERY;
import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static dev.twotick.worker.outbox.HookTables.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.settings.Cidr;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.LoggedLines;
import dev.twotick.worker.deliver.Receiver.Call;
import dev.twotick.worker.deliver.Receiver.Reply;
import dev.twotick.worker.outbox.HookSecret;
import dev.twotick.worker.outbox.HookSettings;
import dev.twotick.worker.outbox.HookTables;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// One call: how it is signed, what its answer means, when it is made again.
@WithStores
class DeliveryLoopTest extends DeliveryLoopFixture {

    @Test
    void aStockLibraryAcceptsTheSignature() throws Exception {
        tables.endpoint("app", receiver.url());

        commitAndSend(loop(), "message.received", "in:1:wamid.1");

        await().untilAsserted(() -> assertThat(receiver.calls).hasSize(1));
        Call call = receiver.calls.getFirst();
        verify(HookTables.SECRET_TEXT, call);
        assertThat(call.id())
                .isEqualTo(event("message.received", "in:1:wamid.1").id().toString());
        assertThat(call.headers().getFirst("content-type")).startsWith("application/json");
        // without it Django under gunicorn, among others, reads no body
        assertThat(call.headers().getFirst("content-length"))
                .isEqualTo(String.valueOf(call.body().getBytes(StandardCharsets.UTF_8).length));
        assertThat(call.headers()).doesNotContainKey("transfer-encoding");
        assertThat(call.body())
                .isEqualTo("{\"type\":\"message.received\",\"timestamp\":\"2026-11-21T10:00:00Z\","
                        + "\"data\":{\"text\":\"héllo 👋\"}}");
    }

    @Test
    void whileASecretIsReplacedBothAreAccepted() throws Exception {
        String next = "whsec_" + "bmV3IHNlY3JldCBuZXcgc2VjcmV0IG5ldyBzZWNyZXQ=";
        UUID endpoint = tables.endpoint("app", receiver.url());
        tables.db
                .update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.SECRET, HookTables.BOX.seal(HookSecret.parse(next)))
                .set(HOOK_ENDPOINT.OLDER_SECRETS, new byte[][] {HookTables.BOX.seal(HookTables.SECRET)})
                .set(HOOK_ENDPOINT.OLDER_UNTIL, new OffsetDateTime[] {null})
                .where(HOOK_ENDPOINT.ID.eq(endpoint))
                .execute();

        commitAndSend(loop(), "message.received", "1");

        await().untilAsserted(() -> assertThat(receiver.calls).hasSize(1));
        verify(next, receiver.calls.getFirst());
        verify(HookTables.SECRET_TEXT, receiver.calls.getFirst());
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
        assertThat(receiver.calls) // no payload brought it
                .extracting(call -> call.headers().getFirst("traceparent"))
                .doesNotHaveDuplicates()
                .allMatch(parent -> parent.startsWith(
                        "00-" + event("message.received", "1").id().toString().replace("-", "") + "-"));
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

    /// Receivers would refuse every call of such a worker, and say no more than 401.
    @Test
    void aClockThatIsOffIsSaidOnce() {
        tables.endpoint("app", receiver.url());
        try (LoggedLines log = new LoggedLines()) {
            DeliveryLoop loop =
                    loop(settings, SOON, PATIENT, () -> Instant.now().minus(Duration.ofMinutes(10)), 16 * 1024 * 1024);
            commitAndSend(loop, "a.b", "1");
            await().until(() -> !receiver.calls.isEmpty());

            assertThat(log.with("hook clock=off")).singleElement().asString().containsPattern("_s=-(599|60\\d):");
            assertThat(metrics.get("twotick.hook.clock.ahead").gauge().value()).isBetween(-605.0, -595.0);
        }
        try (LoggedLines log = new LoggedLines()) {
            commitAndSend(loop(), "a.b", "2");
            await().until(() -> receiver.calls.size() == 2);
            assertThat(log.with("hook clock=")).isEmpty();
        }
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

        commitAndSend(loop(HookTables.hasty(), SOON, PATIENT), "a.b", "1");

        await().untilAsserted(() -> assertThat(tables.errors()).isNotEmpty());
        assertThat(tables.errors().getFirst()).isEqualTo("no answer within 1000 ms");
        assertThat(tables.db
                        .fetchSingle("select duration_ms from hook_attempt limit 1")
                        .get(0, Integer.class))
                .isGreaterThan(950);
    }
}
