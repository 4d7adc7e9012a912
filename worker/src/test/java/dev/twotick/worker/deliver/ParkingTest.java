package dev.twotick.worker.deliver;

import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static dev.twotick.worker.outbox.HookTables.event;
import static java.util.Collections.nCopies;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.WithStores;
import dev.twotick.worker.deliver.Receiver.Reply;
import dev.twotick.worker.outbox.CallOutcome;
import dev.twotick.worker.outbox.DeliveryLedger;
import dev.twotick.worker.outbox.DeliveryLedger.Room;
import dev.twotick.worker.outbox.DeliveryLedger.Rooms;
import dev.twotick.worker.outbox.EndpointCircuitBreaker;
import dev.twotick.worker.outbox.FinishedCall;
import dev.twotick.worker.outbox.OwedCall;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.Record;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A call whose content its receiver does not take, among others that it takes.
@WithStores
@Tag("postgres15")
class ParkingTest extends DeliveryLoopFixture {
    private int facts;

    @Test
    void aCallThatIsAnsweredAlikeWhileOthersPassIsParkedAndCanBeSentAgain() throws Exception {
        // others come oftener, however fast the machine is
        RetrySchedule seldom = new RetrySchedule(nCopies(1_000, Duration.ofSeconds(1)), 0, Duration.ofHours(1));
        tables.endpoint("app", receiver.answeringEach(ParkingTest::notBad).url());
        DeliveryLoop loop = loop(settings, seldom, EndpointCircuitBreaker.STANDARD);

        commitAndSend(loop, "bad.one", "1");
        await().untilAsserted(() -> {
            commitAndSend(loop, "good.one", "fact " + facts++);
            assertThat(tables.attempts()).contains("parked");
        });

        assertThat(tables.db
                        .fetchSingle("select alike from hook_delivery where parked_at is not null")
                        .get(0, Integer.class))
                .isEqualTo(3);
        assertThat(tables.eventTypes()).containsOnly("bad.one", "good.one", "endpoint.refusing");
        await().untilAsserted(
                        () -> assertThat(tables.db.fetchSingle(HOOK_ENDPOINT).get(HOOK_ENDPOINT.FAILING_SINCE))
                                .isNull());
        assertThat(metrics.get("twotick.hook.parked").counter().count()).isEqualTo(1);

        receiver.answering(204);
        // as a resend does
        tables.db.execute("update hook_delivery set next_attempt_at = now(), attempt = 0, claim = null");
        await().untilAsserted(() -> assertThat(tables.deliveries()).isZero());
    }

    private static Reply notBad(Receiver.Call call) {
        return call.body().contains("bad.one") ? new Reply(422, Map.of()) : Reply.OK;
    }

    @Test
    void theOthersAreToldOfParkedCallsOnceADay() {
        Calls calls = new Calls();
        for (int i = 0; i < 2; i++) {
            for (int tries = 0; tries < 3; tries++) {
                calls.fails(422);
                calls.otherPasses();
            }
            tables.db.execute("update hook_delivery set next_attempt_at = now(), attempt = 0, claim = null");
        }

        assertThat(tables.db
                        .fetch("select body from hook_event where type = 'endpoint.refusing'")
                        .getValues(0))
                .singleElement()
                .asString()
                .contains("\"name\":\"app\"", "\"event_type\":\"bad.one\"", "\"last_error\":\"HTTP 422\"");
    }

    @Test
    void whereNothingPassesNothingIsParked() {
        tables.endpoint("app", receiver.answering(422).url());

        commitAndSend(loop(), "a.b", "1");

        await().untilAsserted(() -> assertThat(tables.attempts()).containsExactly("retry", "retry", "retry", "dead"));
    }

    @Test
    void othersMustPassBetweenAnyTwoTries() {
        Calls calls = new Calls();
        calls.fails(422);
        calls.otherPasses();
        calls.fails(422);
        assertThat(calls.failures()).as("it is for what the call holds").isZero();

        calls.fails(422);
        assertThat(calls.failures()).as("as it may not be now").isEqualTo(1);
        calls.otherPasses();
        calls.fails(422);
        calls.otherPasses();
        calls.fails(422);

        assertThat(tables.attempts().getLast()).isEqualTo("parked");
        assertThat(tables.attempts().stream().filter("retry"::equals)).hasSize(4);
        assertThat(calls.failures()).isZero();
    }

    @Test
    void anotherAnswerBeginsAnew() {
        Calls calls = new Calls();
        for (int status : List.of(422, 422, 400, 400, 422, 422)) {
            calls.fails(status);
            calls.otherPasses();
        }
        assertThat(tables.attempts()).doesNotContain("parked");

        calls.fails(422);

        assertThat(tables.attempts().getLast()).isEqualTo("parked");
    }

    @Test
    void whatIsSentAgainBeginsAnew() {
        Calls calls = new Calls();
        for (int i = 0; i < 3; i++) {
            calls.fails(422);
            calls.otherPasses();
        }
        tables.db.execute("update hook_delivery set next_attempt_at = now(), attempt = 0, claim = null");
        calls.fails(422);
        calls.otherPasses();
        calls.fails(422);

        assertThat(tables.attempts().stream().filter("parked"::equals)).hasSize(1);
        assertThat(tables.db.fetchSingle("select parked_at from hook_delivery").get(0))
                .isNull();
    }

    @Test
    void aReceiverThatSaysItIsItsOwnFaultIsAskedMoreOften() {
        Calls calls = new Calls();
        for (int i = 0; i < 4; i++) {
            calls.fails(500);
            calls.otherPasses();
        }
        assertThat(tables.attempts()).doesNotContain("parked");

        calls.fails(500);

        assertThat(tables.attempts().getLast()).isEqualTo("parked");
    }

    @Test
    void whatIsOfTimeAndLoadIsNeverParked() {
        for (Integer status : new Integer[] {408, 425, 429, 502, 503, 504, null}) {
            tables.clear();
            Calls calls = new Calls();
            for (int i = 0; i < 8; i++) {
                calls.fails(status);
                calls.otherPasses();
            }
            assertThat(tables.attempts()).as("status %s", status).doesNotContain("parked");
        }
    }

    /// One call that fails, and others, as their outcomes are recorded.
    private final class Calls {
        private final UUID endpoint = tables.endpoint("app", "https://a.example/");
        private final DeliveryLedger ledger = new DeliveryLedger(tables.db, settings);

        Calls() {
            tables.enqueue(settings, List.of(event("bad.one", "1")), 0);
        }

        void fails(Integer status) {
            record(claimed(), new CallOutcome.RetryIn(Duration.ZERO, status, "HTTP " + status));
        }

        void otherPasses() {
            record(
                    tables.enqueue(settings, List.of(event("good.one", "fact " + facts++)), 1)
                            .getFirst(),
                    new CallOutcome.Delivered(204));
        }

        private OwedCall claimed() {
            Room room = new Room(endpoint, 1, 10_000, false, false);
            return ledger.claimDue(new Rooms(List.of(room), 10_000, 10_000))
                    .calls()
                    .getFirst();
        }

        private void record(OwedCall call, CallOutcome outcome) {
            ledger.record(List.of(new FinishedCall(call, outcome, System.nanoTime(), Duration.ofMillis(1))));
        }

        int failures() {
            Record row = tables.db.fetchSingle(HOOK_ENDPOINT);
            return row.get(HOOK_ENDPOINT.FAILURES);
        }
    }
}
