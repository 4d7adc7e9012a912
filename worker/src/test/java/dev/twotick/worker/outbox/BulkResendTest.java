package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.HOOK_DELIVERY;
import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static dev.twotick.db.schema.Tables.HOOK_RESEND;
import static dev.twotick.worker.outbox.HookTables.event;
import static dev.twotick.worker.outbox.HookTables.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.val;

import dev.twotick.worker.outbox.DeadCalls.DeadCall;
import dev.twotick.worker.outbox.Resend.Counts;
import dev.twotick.worker.outbox.Resend.Only;
import dev.twotick.worker.outbox.Resend.Selection;
import dev.twotick.worker.outbox.Resend.State;
import dev.twotick.worker.outbox.Resend.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Resends as rows: canceled, gone on with, carried on by whoever is there, held to a rate; and what they choose.
@Tag("postgres15")
class BulkResendTest extends HookTablesFixture {

    private static Resend resend() {
        return new Resend(tables.db, 100, 1_000_000, Duration.ofSeconds(1));
    }

    private static Selection all(Only only) {
        return Selection.of("app", Optional.empty(), only);
    }

    private static long begin(Only only) {
        return resend().begin(all(only), OptionalInt.empty()).getFirst();
    }

    private static ResendView shown(long id) {
        return resend().show(List.of(id)).getFirst();
    }

    private void raised(int count) {
        tables.endpoint("app", "https://a.example/");
        tables.enqueue(settings, events("a.b", count), 0);
        tables.db.execute("truncate hook_delivery");
    }

    private void finish(List<OwedCall> owed, CallOutcome outcome) {
        new DeliveryLedger(tables.db, settings)
                .record(owed.stream()
                        .map(call -> new FinishedCall(call, outcome, System.nanoTime(), Duration.ZERO))
                        .toList());
    }

    @Test
    void oneThatIsCanceledOwesNoMoreAndGoesOnWhereItWas() throws Exception {
        raised(250);
        long id = begin(Only.ALL);
        assertThat(resend().carryOn(id)).isEqualTo(new Step.Moved());

        resend().cancel(id);

        assertThat(resend().carryOn(id)).isEqualTo(new Step.NotOurs());
        assertThat(resend().running()).isEmpty();
        assertThat(tables.deliveries()).isEqualTo(100);
        assertThatThrownBy(() -> resend().cancel(id)).hasMessageContaining("resend " + id + " is canceled");

        tables.db.execute("truncate hook_delivery"); // they were delivered
        resend().resume(id);
        Counts counts = resend().follow(List.of(id), _ -> {});

        assertThat(counts).isEqualTo(new Counts(250, 250, 250, List.of()));
        assertThat(tables.deliveries()).isEqualTo(150);
        assertThat(shown(id).state()).isEqualTo(State.DONE);
        assertThat(shown(id).percent()).isEqualTo(100);
    }

    @Test
    void whatDiedInTheMiddleOfAChunkOwedNothingOfItAndAnotherGoesOn() throws Exception {
        raised(250);
        long id = begin(Only.ALL);
        resend().carryOn(id);
        try (ExecutorService dying = Executors.newSingleThreadExecutor()) {
            Future<Step> step = tables.db.transactionResult(locking -> {
                locking.dsl().execute("lock table hook_delivery in share mode"); // it is read, and not written
                Future<Step> begun = dying.submit(() -> resend().carryOn(id));
                while (locking.dsl()
                        .fetchValue("select count(pg_terminate_backend(pid)) from pg_stat_activity"
                                + " where datname = current_database() and wait_event_type = 'Lock'")
                        .equals(0L)) {
                    Thread.onSpinWait();
                }
                return begun;
            });
            assertThatThrownBy(step::get).hasCauseInstanceOf(DataAccessException.class);
        }
        assertThat(tables.deliveries()).isEqualTo(100);

        assertThat(resend().follow(List.of(id), _ -> {})).isEqualTo(new Counts(250, 250, 250, List.of()));
        assertThat(tables.deliveries()).isEqualTo(250);
    }

    @Test
    void howeverManyCarryItOnEachEventIsLookedAtOnce() throws Exception {
        raised(500);
        long id = begin(Only.ALL);
        Callable<Counts> follower =
                () -> new Resend(tables.db, 7, 1_000_000, Duration.ofSeconds(10)).follow(List.of(id), _ -> {});
        try (ExecutorService workers = Executors.newFixedThreadPool(4)) {
            List<Future<Counts>> all = workers.invokeAll(List.of(follower, follower, follower, follower));
            for (Future<Counts> each : all) {
                assertThat(each.get()).isEqualTo(new Counts(500, 500, 500, List.of()));
            }
        }
        assertThat(tables.deliveries()).isEqualTo(500);
    }

    @Test
    void aRateIsHeldByWhoeverCarriesItOn() {
        raised(250);
        long id = resend().begin(all(Only.ALL), OptionalInt.of(50)).getFirst();

        assertThat(resend().carryOn(id)).isEqualTo(new Step.Moved());
        assertThat(tables.deliveries()).isEqualTo(10);
        assertThat(tables.db.fetchExists(
                        HOOK_RESEND, condition("rate_used_until >= started_at + interval '200 milliseconds'")))
                .isTrue();

        tables.db.execute("update hook_resend set rate_used_until = now() + interval '1 hour'");
        assertThat(resend().carryOn(id)).isEqualTo(new Step.Early());
        tables.db.execute("update hook_resend set rate_used_until = now()");
        assertThat(resend().carryOn(id)).isEqualTo(new Step.Moved());
        assertThat(tables.deliveries()).isEqualTo(20);
        assertThat(shown(id).counts()).isEqualTo(new Counts(20, 20, 20, List.of()));
    }

    @Test
    void aDisabledEndpointIsWaitedForAndARemovedOneEndsIt() {
        UUID endpoint = tables.endpoint("app", "https://a.example/");
        tables.enqueue(settings, events("a.b", 5), 0);
        long id = begin(Only.ALL);
        tables.db.update(HOOK_ENDPOINT).set(HOOK_ENDPOINT.ACTIVE, false).execute();
        assertThat(resend().carryOn(id)).isInstanceOf(Step.Full.class);
        assertThat(shown(id).state()).isEqualTo(State.RUNNING);

        new Endpoints(tables.db, settings).remove("app", true);

        assertThat(resend().carryOn(id)).isEqualTo(new Step.NotOurs());
        assertThat(tables.deliveries()).isZero();
        assertThat(shown(id).state()).isEqualTo(State.CANCELED);
        assertThat(shown(id).endpoint()).isEqualTo(endpoint.toString());
    }

    @Test
    void deadCallsAreListedAPageAtATimeAndOwedAgain() throws Exception {
        tables.endpoint("app", "https://a.example/");
        List<OwedCall> owed = tables.enqueue(settings, events("a.b", 30), 30);
        finish(owed.subList(0, 5), new CallOutcome.Delivered(200));
        finish(owed.subList(5, 10), new CallOutcome.RetryIn(Duration.ofHours(1), 500, "HTTP 500"));
        finish(owed.subList(10, 30), new CallOutcome.Abandoned(422, "HTTP 422"));
        Endpoints endpoints = new Endpoints(tables.db, settings);

        List<DeadCall> listed = new ArrayList<>();
        Optional<String> from = Optional.empty();
        do {
            DeadCalls page = endpoints.dead("app", from, 7);
            listed.addAll(page.calls());
            from = page.next();
        } while (from.isPresent());

        assertThat(listed)
                .extracting(DeadCall::webhookId)
                .containsExactlyElementsOf(owed.subList(10, 30).reversed().stream()
                        .map(OwedCall::eventId)
                        .toList());
        assertThat(listed.getFirst().type()).isEqualTo("a.b");
        assertThat(listed.getFirst().lastError()).isEqualTo("HTTP 422");
        assertThat(resend().count(all(Only.DEAD)).calls()).isEqualTo(20);
        assertThat(resend().count(all(Only.DELIVERED)).calls()).isEqualTo(5);
        assertThat(resend().count(all(Only.FAILED)).calls()).isEqualTo(25);

        Counts counts = resend().run(all(Only.DEAD), OptionalInt.empty(), _ -> {});

        assertThat(counts).isEqualTo(new Counts(20, 20, 20, List.of()));
        assertThat(endpoints.dead("app", Optional.empty(), 7).calls()).isEmpty();
        assertThat(tables.db.fetchCount(HOOK_DELIVERY, condition("next_attempt_at <= now() and attempt = 0")))
                .isEqualTo(20);
        assertThatThrownBy(() -> endpoints.dead("app", Optional.of("yesterday"), 7))
                .hasMessageContaining("not at yesterday");
    }

    @Test
    void aConversationChoosesWhatWasRaisedOfItsMessages() throws Exception {
        tables.db.execute("insert into account (phone_number_id, business_id) select '43', min(id) from business"
                + " on conflict do nothing");
        long account = (Long) tables.db.fetchValue("select id from account where phone_number_id = '43'");
        long conversation = (Long) tables.db.fetchValue(
                "insert into conversation (account_id, group_id) values ({0}, gen_random_uuid()::text) returning id",
                val(account));
        UUID message = UUID.randomUUID();
        tables.db.execute(
                "insert into message (key, account_id, wamid, conversation_id) values ({0}, {1}, 'wamid.1', {2})",
                val(message), val(account), val(conversation));
        HookEvent received = about(account, "message.received", "1", "{\"conversation_id\":" + conversation + "}");
        HookEvent read = about(account, "message.read", "2", "{\"id\":\"" + message + "\"}");
        List<HookEvent> all = new ArrayList<>(events("a.b", 300));
        all.add(150, read);
        all.add(about(account, "message.read", "3", "{\"id\":\"" + UUID.randomUUID() + "\"}"));
        all.add(about(
                account,
                "call.updated",
                "4",
                "{\"id\":\"wacid.4\",\"raw\":{\"conversation_id\":" + conversation + "}}"));
        all.add(received);
        tables.endpoint("app", "https://a.example/");
        tables.enqueue(settings, List.of(read), 0); // it is raised twice
        tables.enqueue(settings, all, 0);
        tables.db.execute("truncate hook_delivery");

        Selection selection = new Selection(
                Optional.empty(),
                "*",
                Optional.empty(),
                Optional.empty(),
                Set.of(),
                Set.of(),
                Optional.of(conversation),
                Only.ALL);
        Counts counts = resend().run(selection, OptionalInt.of(5), _ -> {}); // one a step

        assertThat(counts.owed()).isEqualTo(2);
        assertThat(tables.db.fetchValues(HOOK_DELIVERY.EVENT_ID)).containsExactlyInAnyOrder(received.id(), read.id());
        assertThatThrownBy(() -> resend().begin(
                                new Selection(
                                        Optional.empty(),
                                        "*",
                                        Optional.empty(),
                                        Optional.empty(),
                                        Set.of(),
                                        Set.of(),
                                        Optional.of(-1L),
                                        Only.ALL),
                                OptionalInt.empty()))
                .hasMessageContaining("there is no conversation -1");
    }

    private static HookEvent about(long account, String type, String factKey, String data) {
        return new HookEvent(type, factKey, account, "43", Instant.parse("2026-11-21T10:00:00Z"), data);
    }

    @Test
    void aResendTakesThePlaceOfTheRetryAndNotOfACallThatIsBeingMade() throws Exception {
        tables.endpoint("app", "https://a.example/");
        List<OwedCall> owed = tables.enqueue(settings, events("a.b", 2), 2);
        finish(owed.subList(0, 1), new CallOutcome.RetryIn(Duration.ofHours(5), 503, "HTTP 503"));

        resend().run(all(Only.ALL), OptionalInt.empty(), _ -> {});

        assertThat(tables.deliveries()).isEqualTo(2);
        assertThat(tables.db.fetchCount(
                        HOOK_DELIVERY,
                        HOOK_DELIVERY.EVENT_ID.eq(owed.getFirst().eventId()).and("next_attempt_at <= now()")))
                .isOne();
        finish(owed.subList(1, 2), new CallOutcome.Delivered(200));
        assertThat(tables.deliveries()).isOne();
    }

    @Test
    void aRemovedEndpointsCallsAreFoundHoweverFewOrMany() {
        UUID gone = tables.endpoint("gone", "https://a.example/");
        tables.endpoint("stays", "https://b.example/");
        tables.enqueue(settings, List.of(event("a.b", "1"), event("a.b", "2")), 0);
        tables.db.deleteFrom(HOOK_ENDPOINT).where(HOOK_ENDPOINT.ID.eq(gone)).execute(); // and it died there
        RemovedEndpoints removed = new RemovedEndpoints(tables.db);

        assertThat(removed.withCalls()).containsExactly(gone);
        assertThat(removed.removeCalls(gone)).isEqualTo(2);

        assertThat(removed.withCalls()).isEmpty();
        assertThat(tables.deliveries()).isEqualTo(2);
    }
}
