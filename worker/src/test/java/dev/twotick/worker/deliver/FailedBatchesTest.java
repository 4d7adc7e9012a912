package dev.twotick.worker.deliver;

import static dev.twotick.db.schema.Tables.HOOK_ATTEMPT;
import static dev.twotick.db.schema.Tables.HOOK_DELIVERY;
import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static dev.twotick.worker.outbox.HookTables.event;
import static java.util.Collections.nCopies;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.WithStores;
import dev.twotick.worker.deliver.Receiver.Call;
import dev.twotick.worker.deliver.Receiver.Reply;
import dev.twotick.worker.outbox.EndpointCircuitBreaker;
import dev.twotick.worker.outbox.HookEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Events of which it is not known which one their receiver did not like.
@WithStores
@Tag("postgres15")
class FailedBatchesTest extends BatchedCallsFixture {
    @Test
    void oneBadEventHoldsUpNoOther() {
        batched(receiver.answeringEach(FailedBatchesTest::notBad).url(), 100);
        // others pass between any two tries, however fast the machine is
        RetrySchedule seldom = new RetrySchedule(nCopies(200, Duration.ofSeconds(1)), 0, Duration.ofHours(24));
        DeliveryLoop loop = loop(settings, seldom, EndpointCircuitBreaker.STANDARD);
        List<HookEvent> events = new ArrayList<>(good(99));
        events.add(40, event("bad.one", "bad"));

        loop.sendFirst(tables.enqueue(settings, events, 100));

        await().untilAsserted(() -> {
            loop.sendFirst(tables.enqueue(settings, good(1), 1));
            assertThat(tables.attempts()).contains("parked");
        });
        await().untilAsserted(() -> assertThat(tables.deliveries()).isEqualTo(1));
        assertThat(events(receiver.calls.getFirst())).hasSize(100);
        assertThat(tables.db.fetchSingle(HOOK_DELIVERY).get(HOOK_DELIVERY.EVENT_ID))
                .isEqualTo(event("bad.one", "bad").id());
        // by itself, three times: the batch says nothing of it, nor does a try while no other call passes
        assertThat(outcomesOf(event("bad.one", "bad")))
                .startsWith("retry", "retry", "retry")
                .endsWith("parked")
                .containsOnly("retry", "parked");
        assertThat(outcomesOf(events.getFirst())).containsExactly("retry", "delivered");
        assertThat(tables.db.fetchSingle(HOOK_ENDPOINT).get(HOOK_ENDPOINT.PAUSED_UNTIL))
                .isNull();
        assertThat(tables.errors()).contains("HTTP 422, a batch of 100: each event goes alone next");
    }

    @Test
    void aCodeThatIsFinalEndsTheOneEventThatIsAnsweredSoByItself() {
        batched(receiver.answeringEach(FailedBatchesTest::notBad).url(), 100);
        tables.db
                .update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.FINAL_CODES, new Integer[] {422})
                .execute();
        // one failure would pause it
        DeliveryLoop loop = loop(settings, AT_ONCE, failuresToPause(1));
        List<HookEvent> events = new ArrayList<>(good(20));
        events.add(event("bad.one", "bad"));

        loop.sendFirst(tables.enqueue(settings, events, 100));

        await().untilAsserted(() -> assertThat(tables.attempts())
                .hasSize(42)
                .contains("dead")
                .filteredOn("delivered"::equals)
                .hasSize(20));
        assertThat(outcomesOf(event("bad.one", "bad"))).containsExactly("retry", "dead");
        assertThat(tables.db.fetchSingle(HOOK_ENDPOINT).get(HOOK_ENDPOINT.FAILING_SINCE))
                .isNull();
    }

    @Test
    void whatIsTooLongTogetherGoesOneByOne() {
        batched(
                receiver.answeringEach(call -> call.body().length() > 1_000 ? new Reply(413, Map.of()) : Reply.OK)
                        .url(),
                100);
        List<HookEvent> events = good(30);

        loop(settings, AT_ONCE, EndpointCircuitBreaker.STANDARD).sendFirst(tables.enqueue(settings, events, 100));

        await().untilAsserted(() ->
                assertThat(tables.attempts()).filteredOn("delivered"::equals).hasSize(30));
        assertThat(receiver.calls).hasSize(31);
        assertThat(tables.errors().getFirst())
                .isEqualTo("HTTP 413 to a body of "
                        + receiver.calls.getFirst().body().getBytes(StandardCharsets.UTF_8).length
                        + " bytes, a batch of 30: each event goes alone next");
    }

    @Test
    void whoeverHasTooManyRequestsGetsTheSameBatchAgain() {
        batched(
                receiver.answering(n -> n == 0 ? new Reply(429, Map.of("Retry-After", "0")) : Reply.OK)
                        .url(),
                100);

        loop().sendFirst(tables.enqueue(settings, good(40), 100));

        await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(80));
        assertThat(receiver.calls)
                .hasSize(2)
                .extracting(Call::id)
                .containsOnly(receiver.calls.getFirst().id());
        assertThat(ids(receiver.calls.get(1))).isEqualTo(ids(receiver.calls.getFirst()));
    }

    @Test
    void whatGotNoAnswerTogetherGoesOneByOne() {
        CountDownLatch over = new CountDownLatch(1);
        batched(
                receiver.answeringEach(call -> {
                            if (events(call).size() > 1) {
                                awaitQuietly(over);
                            }
                            return Reply.OK;
                        })
                        .url(),
                100);

        loop(settings, AT_ONCE, PATIENT).sendFirst(tables.enqueue(settings, good(10), 100));

        await().untilAsserted(() ->
                assertThat(tables.attempts()).filteredOn("delivered"::equals).hasSize(10));
        assertThat(receiver.calls)
                .extracting(call -> events(call).size())
                .startsWith(10)
                .containsOnly(10, 1);
        over.countDown();
    }

    @Test
    void aBatchIsOneCallToTheCircuitBreaker() {
        batched(receiver.answering(503).url(), 100);

        loop(settings, RetrySchedule.STANDARD, failuresToPause(2)).sendFirst(tables.enqueue(settings, good(100), 100));

        await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(100));
        assertThat(tables.db.fetchSingle(HOOK_ENDPOINT).get(HOOK_ENDPOINT.FAILURES))
                .isEqualTo(1);
        assertThat(receiver.calls).hasSize(1);
    }

    @Test
    void whoWantsNoMoreIsDisabledAndAllThatWasSentIsDead() {
        batched(receiver.answering(410).url(), 100);

        loop().sendFirst(tables.enqueue(settings, good(10), 100));

        await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(10).containsOnly("dead"));
        assertThat(tables.db.fetchSingle(HOOK_ENDPOINT).get(HOOK_ENDPOINT.ACTIVE))
                .isFalse();
    }

    private static EndpointCircuitBreaker failuresToPause(int failures) {
        return new EndpointCircuitBreaker(
                failures, failures, Duration.ofSeconds(5), Duration.ofMinutes(15), Duration.ofDays(5));
    }

    private static Reply notBad(Call call) {
        return call.body().contains("bad.one") ? new Reply(422, Map.of()) : Reply.OK;
    }

    private List<String> outcomesOf(HookEvent event) {
        return tables.db
                .selectFrom(HOOK_ATTEMPT)
                .where(HOOK_ATTEMPT.EVENT_ID.eq(event.id()))
                .orderBy(HOOK_ATTEMPT.ID)
                .fetch(HOOK_ATTEMPT.OUTCOME);
    }
}
