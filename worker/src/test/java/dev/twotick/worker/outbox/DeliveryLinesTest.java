package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.HOOK_DELIVERY;
import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.worker.outbox.CallOutcome.Delivered;
import dev.twotick.worker.outbox.CallOutcome.RetryIn;
import dev.twotick.worker.outbox.DeliveryLedger.Room;
import dev.twotick.worker.outbox.DeliveryLedger.Rooms;
import dev.twotick.worker.outbox.Resend.Only;
import dev.twotick.worker.outbox.Resend.Selection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Who is due of the calls of an ordered endpoint: the first of each line.
@Tag("postgres15")
class DeliveryLinesTest extends HookTablesFixture {
    private static final RetryIn IN_AN_HOUR = new RetryIn(Duration.ofHours(1), 503, "HTTP 503");

    private final DeliveryLedger ledger = new DeliveryLedger(tables.db, settings);
    private UUID endpoint;

    @BeforeEach
    void orderedEndpoint() {
        endpoint = tables.endpoint("app", "https://a.example/");
        tables.db.update(HOOK_ENDPOINT).set(HOOK_ENDPOINT.ORDERED, true).execute();
    }

    @Test
    void ofFirstAttemptsTheFirstOfEachLineIsLeased() {
        assertThat(keys(owe("1a", "1b", "2a", "-", "2b", "-"))).containsExactlyInAnyOrder("1a", "2a", "-0", "-1");
        assertThat(owe("1c", "2c")).as("behind those that are in flight").isEmpty();
        assertThat(claim()).as("also by claims").isEmpty();
    }

    @Test
    void oneWithoutOrderHasNoLines() {
        tables.db.update(HOOK_ENDPOINT).set(HOOK_ENDPOINT.ORDERED, false).execute();

        assertThat(keys(owe("1a", "1b"))).containsExactlyInAnyOrder("1a", "1b");
        assertThat(tables.db.fetchCount(HOOK_DELIVERY, HOOK_DELIVERY.LINE.isNotNull()))
                .isZero();
    }

    @Test
    void whenItsOwnerDiedTheFirstIsClaimedAndNoneBehindIt() {
        owe("1a", "1b", "1c");
        tables.db.execute("update hook_delivery set next_attempt_at = now() where claim is not null");

        assertThat(keys(claim())).containsExactly("1a");
    }

    private static void theTimeComes() {
        tables.db.execute("update hook_delivery set next_attempt_at = next_attempt_at - interval '1 hour'"
                + " where claim is null");
    }

    @Test
    void whoeverIsBehindOneThatIsPutOffIsNotWalkedPast() {
        List<OwedCall> first = owe("1a", "1b", "1c", "2a");
        assertThat(keys(first)).containsExactlyInAnyOrder("1a", "2a");
        record(first, IN_AN_HOUR);

        owe("1d", "3a");
        assertThat(due()).as("none of the first line").isEqualTo(0);
        assertThat(claim()).isEmpty();

        theTimeComes();
        assertThat(keys(claim())).containsExactlyInAnyOrder("1a", "2a");
    }

    @Test
    void oneThatWasPutOffAndIsSentAgainByHandTakesThoseBehindAlong() throws Exception {
        List<OwedCall> first = owe("1a", "1b", "1c");
        record(first, IN_AN_HOUR);

        resend(Set.of(first.getFirst().eventId()));
        List<OwedCall> again = claim();
        assertThat(keys(again)).containsExactly("1a");
        record(again, new Delivered(200));
        List<OwedCall> next = claim();
        assertThat(keys(next)).containsExactly("1b");
        record(next, new Delivered(200));
        assertThat(keys(claim())).containsExactly("1c");
    }

    @Test
    void whatWasGivenUpAndIsSentAgainIsOutOfOrder() throws Exception {
        List<OwedCall> first = owe("1a", "1b");
        record(first, new CallOutcome.Abandoned(503, "HTTP 503"));
        List<OwedCall> next = claim();
        assertThat(keys(next)).containsExactly("1b");

        resend(Set.of(first.getFirst().eventId()));

        assertThat(keys(claim())).as("while the next is in flight").containsExactly("1a");
        owe("1c");
        record(next, new Delivered(200));
        assertThat(keys(claim())).as("while it is in flight").containsExactly("1c");
    }

    @Test
    void afterAParkedOneTheNextGoesOn() {
        List<OwedCall> first = owe("1a", "1b");
        for (int tries = 0; tries < 3; tries++) {
            List<OwedCall> tried = tries == 0 ? first : claim();
            assertThat(keys(tried)).containsExactly("1a");
            record(tried, new RetryIn(Duration.ofHours(1), 422, "HTTP 422"));
            record(owe("2a"), new Delivered(200));
            if (tries < 2) {
                theTimeComes();
            }
        }

        assertThat(tables.attempts()).contains("parked");
        assertThat(keys(claim())).as("without waiting for that hour").containsExactly("1b");
    }

    @Test
    void oneThatIsErasedHoldsUpNobody() {
        List<OwedCall> first = owe("1a", "1b");
        record(first, IN_AN_HOUR);
        List<KeptEvents.KeptEvent.Key> keys = new ArrayList<>();
        tables.db.transaction(tx -> {
            KeptEvents.each(tx.dsl(), Instant.EPOCH, Instant.now().plusSeconds(60), kept -> {
                if (kept.key().id().equals(first.getFirst().eventId())) {
                    keys.add(kept.key());
                }
            });
            KeptEvents.erase(tx.dsl(), Map.of(keys.getFirst(), _ -> new byte[0]));
        });

        assertThat(keys(claim())).containsExactly("1b");
    }

    @Test
    void aClaimPassesByWhatStandsBehindAnother() {
        owe("1a");
        for (int i = 0; i < 10; i++) {
            owe("1b", "1c", "1d");
        }
        owe("2a");
        tables.db.execute("update hook_delivery set claim = null, next_attempt_at = now()");

        assertThat(keys(claim())).containsExactlyInAnyOrder("1a", "2a");
    }

    @Test
    void whatWasCommittedAsTheOneBeforeItWentIsMovedUpAfterwards() {
        record(owe("1a"), new CallOutcome.RetryIn(Duration.ofHours(5), 503, "HTTP 503"));
        assertThat(due()).isZero();

        tables.db.transaction(tx -> {
            // put off with the one before it
            new Outbox(settings.lease()).enqueue(tx.dsl(), List.of(event("1b"), event("2a")), 0);
            // which is sent again, and delivered, before this is seen
            tables.db.execute("update hook_delivery set next_attempt_at = now()");
            record(claim(), new CallOutcome.Delivered(204));
        });
        record(claim(), new CallOutcome.RetryIn(Duration.ofHours(5), 503, "HTTP 503"));
        assertThat(claim()).isEmpty();

        assertThat(DeliveryLines.moveUpStranded(tables.db))
                .as("not what is to be tried again")
                .isEqualTo(1);
        assertThat(keys(claim())).containsExactly("1b");
        assertThat(DeliveryLines.moveUpStranded(tables.db))
                .as("it is being made")
                .isZero();
    }

    private void resend(Set<UUID> ids) throws InterruptedException {
        new Resend(tables.db, 100, 1_000_000, Duration.ofSeconds(1))
                .run(
                        new Selection(
                                Optional.empty(),
                                "*",
                                Optional.empty(),
                                Optional.empty(),
                                ids,
                                Set.of(),
                                Optional.empty(),
                                Only.ALL),
                        OptionalInt.empty(),
                        _ -> {});
    }

    private int facts;
    private int none;

    /// @param keys each a line and a letter; `-`: of no line
    /// @return those that are leased
    private List<OwedCall> owe(String... keys) {
        return tables.enqueue(settings, Arrays.stream(keys).map(this::event).toList(), 100);
    }

    private HookEvent event(String key) {
        if (key.equals("-")) {
            return told("-" + none++);
        }
        return told(key).inLineOf(Long.parseLong(key.substring(0, 1)), 0);
    }

    private HookEvent told(String key) {
        return new HookEvent("a.b", key + ":" + facts++, null, null, Instant.EPOCH, "\"" + key + "\"");
    }

    private static List<String> keys(List<OwedCall> calls) {
        return calls.stream()
                .map(call -> new String(call.body(), StandardCharsets.UTF_8).replaceAll(".*\"data\":\"(.*)\"}", "$1"))
                .toList();
    }

    private List<OwedCall> claim() {
        return ledger.claimDue(
                        new Rooms(List.of(new Room(endpoint, 100, 1_000_000, false, false)), 1_000_000, 1_000_000))
                .calls();
    }

    private void record(List<OwedCall> calls, CallOutcome outcome) {
        ledger.record(calls.stream()
                .map(call -> new FinishedCall(call, outcome, System.nanoTime(), Duration.ZERO))
                .toList());
    }

    private int due() {
        return tables.db.fetchCount(
                HOOK_DELIVERY, HOOK_DELIVERY.CLAIM.isNull(), HOOK_DELIVERY.NEXT_ATTEMPT_AT.le(Instant.now()));
    }
}
