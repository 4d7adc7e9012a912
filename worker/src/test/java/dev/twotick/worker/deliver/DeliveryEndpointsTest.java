package dev.twotick.worker.deliver;

import static dev.twotick.db.schema.Tables.HOOK_DELIVERY;
import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static dev.twotick.worker.outbox.HookTables.event;
import static dev.twotick.worker.outbox.HookTables.events;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.WithStores;
import dev.twotick.worker.deliver.Receiver.Call;
import dev.twotick.worker.outbox.EndpointCircuitBreaker;
import dev.twotick.worker.outbox.OwedCall;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Endpoints beside each other: one that fails, hangs or goes away is no concern of the others.
@WithStores
class DeliveryEndpointsTest extends DeliveryLoopFixture {

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
    void anEndpointThatNeverAnswersDoesNotDelayAnother() throws Exception {
        ServerSocket silent = opened(new ServerSocket(0, 1_000, InetAddress.ofLiteral("127.0.0.1")));
        tables.endpoint("silent", "http://127.0.0.1:" + silent.getLocalPort() + "/");
        UUID sound = tables.endpoint("sound", receiver.url());
        DeliveryLoop loop = loop();
        for (int i = 0; i < 5; i++) {
            loop.sendFirst(tables.enqueue(settings, events("a.b" + "x".repeat(i), 200), loop.free()));
        }

        long before = System.nanoTime();
        List<OwedCall> one = tables.enqueue(settings, List.of(event("last.one", "1")), loop.free());
        loop.sendFirst(one);

        assertThat(one).extracting(OwedCall::endpointId).contains(sound);
        await().until(() -> receiver.calls.stream().anyMatch(call -> call.body().contains("last.one")));
        Call last = receiver.calls.stream()
                .filter(call -> call.body().contains("last.one"))
                .findFirst()
                .orElseThrow();
        // the other's first calls have not even timed out by then
        assertThat(Duration.ofNanos(last.at() - before)).isLessThan(settings.timeout());
        await().until(() -> receiver.calls.stream().map(Call::id).distinct().count() == 1_001);
    }

    @Test
    void aFailingEndpointIsPausedAndRecoversByAProbe() throws Exception {
        EndpointCircuitBreaker quick =
                new EndpointCircuitBreaker(3, 3, Duration.ofMillis(300), Duration.ofSeconds(1), Duration.ofDays(5));
        Receiver other = opened(new Receiver());
        tables.endpoint("app", receiver.answering(500).url(), "a.*");
        tables.endpoint("other", other.url(), "endpoint.*");
        loop(settings, new RetrySchedule(List.of(Duration.ofHours(1)), 0, Duration.ofHours(24)), quick);
        tables.enqueue(settings, events("a.b", 100), 0);

        await().untilAsserted(() ->
                assertThat(other.calls).extracting(Call::body).anyMatch(body -> body.contains("endpoint.failing")));
        assertThat(receiver.calls.size()).isLessThan(20);
        receiver.answering(204);

        await().untilAsserted(() ->
                assertThat(other.calls).extracting(Call::body).anyMatch(body -> body.contains("endpoint.recovered")));
        // those that were never tried; the failed ones are due in an hour
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
    void whatARefusedBodyMeasuredIsSaidWhereTheFailureIsTold() throws Exception {
        EndpointCircuitBreaker atOnce =
                new EndpointCircuitBreaker(1, 1, Duration.ofMinutes(1), Duration.ofHours(1), Duration.ofDays(5));
        for (int status : List.of(413, 400)) {
            tables.clear();
            Receiver other = opened(new Receiver());
            tables.endpoint("app", receiver.answering(status).url(), "a.*");
            tables.endpoint("other", other.url(), "endpoint.*");
            try (DeliveryLoop loop = loop(settings, SOON, atOnce)) {
                commitAndSend(loop, "a.b", "1");
                await().untilAsserted(() -> assertThat(other.calls).hasSize(1));
            }
            int bytes = event("a.b", "1").body().getBytes(UTF_8).length;
            assertThat(other.calls.getFirst().body())
                    .contains("\"last_error\":\"HTTP " + status + " to a body of " + bytes + " bytes\"");
        }
    }

    @Test
    void aCodeThatIsDeclaredFinalEndsTheCallAndIsNoFailureOfTheEndpoint() {
        EndpointCircuitBreaker atOnce =
                new EndpointCircuitBreaker(1, 1, Duration.ofMinutes(1), Duration.ofHours(1), Duration.ofDays(5));
        tables.endpoint("app", receiver.answering(422).url());
        tables.db
                .update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.FINAL_CODES, new Integer[] {422})
                .execute();
        loop(settings, SOON, atOnce);
        tables.enqueue(settings, events("a.b", 20), 0);

        await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(20).containsOnly("dead"));
        assertThat(receiver.calls.stream().map(Call::id)).doesNotHaveDuplicates();
        assertThat(tables.errors()).containsOnly("HTTP 422, which is final here");
        assertThat(tables.db.fetchCount(HOOK_DELIVERY, HOOK_DELIVERY.NEXT_ATTEMPT_AT.isNull()))
                .isEqualTo(20);
        assertThat(tables.db.fetchSingle(HOOK_ENDPOINT).get(HOOK_ENDPOINT.FAILURES))
                .isZero();
        assertThat(tables.eventTypes()).containsOnly("a.b");
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
}
