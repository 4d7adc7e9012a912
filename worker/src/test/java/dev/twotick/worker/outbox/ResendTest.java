package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.HOOK_DELIVERY;
import static dev.twotick.worker.outbox.HookTables.event;
import static dev.twotick.worker.outbox.HookTables.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jooq.impl.DSL.condition;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.metrics.IMetricsTracker;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.stores.Stores;
import dev.twotick.worker.outbox.Resend.Counts;
import dev.twotick.worker.outbox.Resend.Only;
import dev.twotick.worker.outbox.Resend.Selection;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("postgres15")
class ResendTest extends HookTablesFixture {
    private final List<Counts> progress = new ArrayList<>();

    private static Selection all() {
        return only(Set.of(), Set.of());
    }

    private static Selection only(Set<UUID> ids, Set<String> accounts) {
        return new Selection(
                Optional.empty(), "*", Optional.empty(), Optional.empty(), ids, accounts, Optional.empty(), Only.ALL);
    }

    private static Selection of(Optional<String> endpoint, String type, Optional<Instant> since, Only only) {
        return new Selection(endpoint, type, since, Optional.empty(), Set.of(), Set.of(), Optional.empty(), only);
    }

    private static Resend resend() {
        return new Resend(tables.db, 100, 1_000_000, Duration.ofSeconds(1));
    }

    private Counts run(Selection selection) throws InterruptedException {
        return resend().run(selection, OptionalInt.empty(), progress::add);
    }

    private void deliver(List<OwedCall> owed, CallOutcome outcome) {
        new DeliveryLedger(tables.db, settings)
                .record(owed.stream()
                        .map(call -> new FinishedCall(call, outcome, System.nanoTime(), Duration.ZERO))
                        .toList());
    }

    @Test
    void whatWasDeliveredIsOwedAgainUnderItsOwnId() throws Exception {
        tables.endpoint("app", "https://a.example/");
        List<OwedCall> owed = tables.enqueue(settings, events("a.b", 250), 250);
        deliver(owed, new CallOutcome.Delivered(200));
        assertThat(tables.deliveries()).isZero();

        Counts counts = run(all());

        assertThat(counts).isEqualTo(new Counts(250, 250, 250, List.of()));
        assertThat(progress).extracting(Counts::events).containsExactly(100L, 200L, 250L);
        assertThat(tables.db.select(HOOK_DELIVERY.EVENT_ID).from(HOOK_DELIVERY).fetch(HOOK_DELIVERY.EVENT_ID))
                .containsExactlyInAnyOrderElementsOf(
                        owed.stream().map(OwedCall::eventId).toList());
        assertThat(run(all()).owed()).isEqualTo(250);
        assertThat(tables.deliveries()).isEqualTo(250);
    }

    @Test
    void ofAnEventThatWasRaisedTwiceOneCallIsOwed() throws Exception {
        tables.endpoint("app", "https://a.example/");
        List<HookEvent> twice = events("a.b", 1);
        for (int times = 0; times < 2; times++) {
            deliver(tables.enqueue(settings, twice, 1), new CallOutcome.Delivered(200));
        }

        Counts counts = run(all());

        assertThat(counts).isEqualTo(new Counts(2, 1, 1, List.of()));
        assertThat(tables.deliveries()).isOne();
    }

    @Test
    void failedMeansDeadOrLastAttemptNotDelivered() throws Exception {
        tables.endpoint("app", "https://a.example/");
        List<OwedCall> owed = tables.enqueue(settings, events("a.b", 3), 3);
        deliver(owed.subList(0, 1), new CallOutcome.Delivered(200));
        deliver(owed.subList(1, 2), new CallOutcome.Abandoned(500, "HTTP 500"));
        deliver(owed.subList(2, 3), new CallOutcome.RetryIn(Duration.ofHours(5), 500, "HTTP 500"));

        Counts counts = run(of(Optional.of("app"), "a.*", Optional.empty(), Only.FAILED));

        assertThat(counts.owed()).isEqualTo(2);
        assertThat(tables.db.fetchCount(HOOK_DELIVERY, condition("next_attempt_at <= now() and attempt = 0")))
                .isEqualTo(2);
    }

    @Test
    void typeTimeAndEndpointChoose() throws Exception {
        tables.endpoint("messages", "https://a.example/", "message.*");
        tables.endpoint("all", "https://b.example/");
        tables.enqueue(settings, List.of(event("message.read", "1"), event("call.updated", "2")), 0);
        tables.db.execute("truncate hook_delivery");

        assertThat(resend().count(of(Optional.of("messages"), "*", Optional.empty(), Only.ALL))
                        .calls())
                .isEqualTo(1);
        assertThat(resend().count(of(Optional.empty(), "call.*", Optional.empty(), Only.ALL))
                        .calls())
                .isEqualTo(1);
        assertThat(resend().count(of(
                                Optional.empty(), "*", Optional.of(Instant.now().plusSeconds(3600)), Only.ALL))
                        .events())
                .isZero();
        assertThat(tables.deliveries()).isZero();
        assertThat(run(all()).owed()).isEqualTo(3);
        assertThatThrownBy(() -> run(of(Optional.of("nobody"), "*", Optional.empty(), Only.ALL)))
                .hasMessageContaining("no active endpoint is called nobody");
    }

    @Test
    void idAndAccountChoose() throws Exception {
        tables.endpoint("app", "https://a.example/");
        tables.enqueue(settings, events("a.b", 3), 0);
        tables.db.execute("truncate hook_delivery");
        tables.db.execute("insert into account (phone_number_id, business_id) select '41', min(id) from business"
                + " on conflict do nothing");
        UUID one = eventId("fact 1");
        tables.db.execute(
                "update hook_page set account_ids[3] = (select id from account where phone_number_id = '41')");

        assertThat(run(only(Set.of(one), Set.of()))).isEqualTo(new Counts(1, 1, 1, List.of()));
        assertThat(tables.db.fetchValues(HOOK_DELIVERY.EVENT_ID)).containsExactly(one);
        assertThat(run(only(Set.of(), Set.of("41", "42"))).owed()).isEqualTo(1);
        assertThat(tables.db.fetchValues(HOOK_DELIVERY.EVENT_ID)).containsExactlyInAnyOrder(one, eventId("fact 2"));
        assertThat(run(only(Set.of(UUID.randomUUID()), Set.of())).events()).isZero();
    }

    private static UUID eventId(String factKey) {
        return event("a.b", factKey).id();
    }

    @Test
    void aCallThatIsBeingMadeIsLeftAlone() throws Exception {
        tables.endpoint("app", "https://a.example/");
        List<OwedCall> owed = tables.enqueue(settings, events("a.b", 2), 1);

        Counts counts = run(all());

        assertThat(counts).isEqualTo(new Counts(2, 2, 1, List.of()));
        assertThat(tables.db.fetchCount(
                        HOOK_DELIVERY, HOOK_DELIVERY.CLAIM.eq(owed.getFirst().claim())))
                .isEqualTo(1);
    }

    @Test
    void anEndpointThatTakesNoneIsLeftAndTheOthersGoOn() throws Exception {
        tables.endpoint("a", "https://a.example/");
        tables.enqueue(settings, events("a.b", 500), 0);
        tables.db.execute("truncate hook_delivery");

        Counts counts =
                new Resend(tables.db, 100, 200, Duration.ofMillis(300)).run(all(), OptionalInt.empty(), progress::add);

        assertThat(counts.owed()).isEqualTo(200);
        assertThat(counts.stalled()).containsExactly("a");
    }

    @Test
    void aStatementThatTakesTooLongEndsIt(Stores stores) {
        tables.endpoint("app", "https://a.example/");
        try (HikariDataSource pool = pool(stores, Duration.ofMillis(200))) {
            tables.db.transaction(locking -> {
                locking.dsl().execute("lock table hook_delivery in access exclusive mode");
                assertThatThrownBy(() -> new Resend(Database.jooq(pool)).run(all(), OptionalInt.empty(), progress::add))
                        .isInstanceOf(DataAccessException.class)
                        .hasMessageContaining("statement timeout");
            });
        }
    }

    @Test
    void withoutAConnectionItWaits(Stores stores) throws Exception {
        tables.endpoint("app", "https://a.example/");
        tables.enqueue(settings, events("a.b", 250), 0);
        try (HikariDataSource pool = pool(stores, Duration.ZERO)) {
            pool.setConnectionTimeout(250);
            AtomicReference<Connection> taken = new AtomicReference<>();
            pool.setMetricsTrackerFactory((name, stats) -> new IMetricsTracker() {
                @Override
                public void recordConnectionTimeout() {
                    assertThatCode(() -> taken.get().close()).doesNotThrowAnyException();
                }
            });

            Counts counts = new Resend(Database.jooq(pool), 100, 1_000_000, Duration.ofMinutes(1))
                    .run(all(), OptionalInt.empty(), soFar -> {
                        if (taken.get() == null) {
                            assertThatCode(() -> taken.set(pool.getConnection()))
                                    .doesNotThrowAnyException();
                        }
                    });

            assertThat(taken.get().isClosed()).isTrue();
            assertThat(counts.calls()).isEqualTo(250);
        }
    }

    private static HikariDataSource pool(Stores stores, Duration statementTimeout) {
        return Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), "test", 1, statementTimeout);
    }
}
