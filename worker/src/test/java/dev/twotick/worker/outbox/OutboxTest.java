package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.HOOK_DELIVERY;
import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static dev.twotick.worker.outbox.HookTables.event;
import static dev.twotick.worker.outbox.HookTables.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.val;

import dev.twotick.model.settings.LiveSettings;
import dev.twotick.model.settings.SettingsReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("postgres15")
class OutboxTest extends HookTablesFixture {
    @Test
    void theIdIsAFunctionOfTypeAndFactKey() {
        assertThat(event("message.read", "st:1:wamid.1:read:").id())
                .isEqualTo(event("message.read", "st:1:wamid.1:read:").id())
                .isNotEqualTo(event("message.delivered", "st:1:wamid.1:read:").id());
        // SHA-256 of "a.b", a zero byte, "key"
        assertThat(event("a.b", "key").id()).isEqualTo(UUID.fromString("aaef0ee9-f3b4-2145-998c-3f6990b994d6"));
    }

    @Test
    void anEventIsKeptWhetherOrNotAnyoneWantsIt() {
        assertThat(tables.enqueue(settings, events("message.received", 3), 10)).isEmpty();
        assertThat(tables.eventTypes()).hasSize(3);
    }

    @Test
    void theDatabaseReadsWhatIsPacked() {
        Random random = new Random(7);
        List<HookEvent> events = new ArrayList<>(events("message.received", 40));
        events.add(new HookEvent("a.b", "empty", null, null, Instant.EPOCH, "{}"));
        events.add(new HookEvent("a.b", "repeated", 7L, null, Instant.EPOCH, '"' + "ab".repeat(100_000) + '"'));
        events.add(new HookEvent("a.c", "random", null, null, Instant.EPOCH, '"' + digits(random, 40_000) + '"'));
        events.add(new HookEvent("a.b", "after", 8L, null, Instant.EPOCH, "{\"text\":\"ü\"}"));
        tables.enqueue(settings, events, 0);

        assertThat(tables.db
                        .fetch("select id, type, account_id, body from hook_event")
                        .map(row -> tuple(row.get(0), row.get(1), row.get(2), row.get(3))))
                .containsExactlyInAnyOrderElementsOf(events.stream()
                        .map(event -> tuple(event.id(), event.type(), event.accountId(), event.body()))
                        .toList());
        assertThat(tables.db.fetchValue("select count(*) from hook_page").toString())
                .isEqualTo("6");
    }

    private static String digits(Random random, int count) {
        return random.ints(count, '0', '9' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @Test
    void aClaimFindsEachEventOnItsPage() {
        UUID endpoint = tables.endpoint("app", "https://a.example/", "a.*");
        List<HookEvent> events = new ArrayList<>(events("a.b", 30));
        events.addAll(5, events("not.wanted", 7));
        tables.enqueue(settings, events, 0);

        assertThat(new DeliveryLedger(tables.db, settings)
                        .claimDue(rooms(new DeliveryLedger.Room(endpoint, 100, 1_000_000, false, false)))
                        .calls())
                .extracting(OwedCall::eventId, call -> new String(call.body(), StandardCharsets.UTF_8))
                .containsExactlyInAnyOrderElementsOf(events("a.b", 30).stream()
                        .map(event -> tuple(event.id(), event.body()))
                        .toList());
    }

    @Test
    void anEventRaisedTwiceMakesOneCallWhileItIsOwed() {
        tables.endpoint("app", "https://a.example/");
        HookEvent event = event("a.b", "1");

        assertThat(tables.enqueue(settings, List.of(event, event), 10)).hasSize(1);
        assertThat(tables.enqueue(settings, List.of(event, event("a.b", "2")), 10))
                .extracting(OwedCall::eventId)
                .containsExactly(event("a.b", "2").id());
        assertThat(tables.deliveries()).isEqualTo(2);
    }

    @Test
    void globsDecideWhoIsOwedACall() {
        UUID all = tables.endpoint("all", "https://a.example/");
        UUID messages = tables.endpoint("messages", "https://b.example/", "message.*", "contact.created");
        tables.endpoint("others", "https://c.example/", "message_received", "mess%", "call.*");

        List<OwedCall> owed = tables.enqueue(
                settings, List.of(event("message.received", "1"), event("user.preference_changed", "2")), 10);

        assertThat(owed)
                .extracting(OwedCall::endpointId, OwedCall::type)
                .containsExactlyInAnyOrder(
                        tuple(all, "message.received"),
                        tuple(messages, "message.received"),
                        tuple(all, "user.preference_changed"));
    }

    @Test
    void anEndpointOfChosenAccountsHearsOfThoseOnly() {
        UUID endpoint = tables.endpoint("app", "https://a.example/");
        tables.db
                .update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.ACCOUNTS, new String[] {"111"})
                .execute();
        Instant at = Instant.EPOCH;

        List<OwedCall> owed = tables.enqueue(
                settings,
                List.of(
                        new HookEvent("a.b", "1", 1L, "111", at, "{}"),
                        new HookEvent("a.b", "2", 2L, "222", at, "{}"),
                        new HookEvent("a.b", "3", null, null, at, "{}")),
                10);

        assertThat(owed).extracting(OwedCall::endpointId).containsExactly(endpoint);
    }

    @Test
    void onlyTheFirstAreLeasedAndTheRestAreDueAtOnce() {
        tables.endpoint("app", "https://a.example/");

        List<OwedCall> owed = tables.enqueue(settings, events("a.b", 10), 4);

        assertThat(owed)
                .extracting(OwedCall::eventId)
                .containsExactlyInAnyOrderElementsOf(
                        events("a.b", 4).stream().map(HookEvent::id).toList());
        assertThat(owed).allMatch(call -> call.leaseLeft().compareTo(Duration.ofSeconds(3)) > 0);
        assertThat(tables.db.fetchCount(HOOK_DELIVERY, HOOK_DELIVERY.CLAIM.isNull()))
                .isEqualTo(6);
        assertThat(tables.db.fetchCount(HOOK_DELIVERY, condition("next_attempt_at <= now()")))
                .isEqualTo(6);
    }

    @Test
    void nothingIsLeasedForAPausedEndpointAndNothingOwedToAnInactiveOne() {
        tables.endpoint("paused", "https://a.example/");
        tables.db.execute("update hook_endpoint set paused_until = now() + interval '1 minute'");
        tables.endpoint("inactive", "https://b.example/");
        tables.db.execute("update hook_endpoint set active = false where name = 'inactive'");

        assertThat(tables.enqueue(settings, events("a.b", 3), 10)).isEmpty();
        assertThat(tables.deliveries()).isEqualTo(3);
    }

    @Test
    void theEnvironmentsEndpointComesChangesAndGoes() {
        Map<String, String> environment = Map.of(
                "TWOTICK_HOOK_URL", "https://example.com/hook",
                "TWOTICK_HOOK_SECRET", HookTables.SECRET_TEXT,
                "TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        begin(environment);
        begin(environment);

        var row = tables.db.fetchSingle(HOOK_ENDPOINT);
        assertThat(row.get(HOOK_ENDPOINT.NAME)).isEqualTo("environment");
        assertThat(row.get(HOOK_ENDPOINT.EVENTS)).containsExactly("*");
        assertThat(new String(row.get(HOOK_ENDPOINT.SECRET), StandardCharsets.ISO_8859_1))
                .doesNotContain(new String(HookTables.SECRET.key(), StandardCharsets.ISO_8859_1));
        assertThat(new DeliveryLedger(tables.db, settings).endpoints())
                .singleElement()
                .satisfies(endpoint ->
                        assertThat(endpoint.secrets().getFirst().key()).isEqualTo(HookTables.SECRET.key()));

        begin(Map.of());
        assertThat(tables.db.fetchSingle(HOOK_ENDPOINT).get(HOOK_ENDPOINT.ACTIVE))
                .isTrue();
        begin(Map.of("TWOTICK_HOOK_URL", "none"));
        assertThat(tables.db.fetchSingle(HOOK_ENDPOINT).get(HOOK_ENDPOINT.ACTIVE))
                .isFalse();
    }

    private static void begin(Map<String, String> environment) {
        new EnvironmentEndpoint(
                        tables.db, HookSettings.read(new SettingsReader(environment), new LiveSettings(Map.of())))
                .begin();
    }

    @Test
    void anEndpointWhoseSecretDoesNotOpenIsLeftOut() {
        tables.endpoint("broken", "https://a.example/");
        tables.db.update(HOOK_ENDPOINT).set(HOOK_ENDPOINT.SECRET, new byte[40]).execute();
        tables.endpoint("sound", "https://b.example/");

        assertThat(new DeliveryLedger(tables.db, settings).endpoints())
                .extracting(Endpoint::name)
                .containsExactly("sound");
    }

    @Test
    void aCallWhoseEventIsPastItsRetentionIsDropped() {
        UUID endpoint = tables.endpoint("app", "https://a.example/");
        tables.enqueue(settings, events("a.b", 2), 0);
        tables.db.execute("truncate hook_page");

        assertThat(new DeliveryLedger(tables.db, settings)
                        .claimDue(rooms(new DeliveryLedger.Room(endpoint, 10, 1_000_000, false, false)))
                        .calls())
                .isEmpty();
        assertThat(tables.deliveries()).isZero();
    }

    private static DeliveryLedger.Rooms rooms(DeliveryLedger.Room... each) {
        return new DeliveryLedger.Rooms(List.of(each), 1_000_000, Long.MAX_VALUE);
    }

    @Test
    void whatDoesNotFitIsNeitherLeasedNorClaimed() {
        UUID app = tables.endpoint("app", "https://a.example/");
        UUID other = tables.endpoint("other", "https://b.example/");
        long size = events("a.b", 1).getFirst().body().getBytes(StandardCharsets.UTF_8).length;

        assertThat(tables.enqueue(() -> 4 * size, settings, events("a.b", 10), 100))
                .extracting(OwedCall::eventId)
                .containsExactlyInAnyOrderElementsOf(events("a.b", 2).stream()
                        .flatMap(event -> Stream.of(event.id(), event.id()))
                        .toList());
        assertThat(tables.db.fetchCount(HOOK_DELIVERY, HOOK_DELIVERY.CLAIM.isNotNull()))
                .isEqualTo(4);

        DeliveryLedger ledger = new DeliveryLedger(tables.db, settings);
        DeliveryLedger.Claimed claimed = ledger.claimDue(new DeliveryLedger.Rooms(
                List.of(
                        new DeliveryLedger.Room(app, 100, 2 * size, false, false),
                        new DeliveryLedger.Room(other, 100, 100 * size, false, false)),
                5 * size,
                Long.MAX_VALUE));

        assertThat(claimed.calls())
                .extracting(OwedCall::endpointId)
                .as("in turn, until one has no room")
                .containsExactlyInAnyOrder(app, app, other, other, other);
        assertThat(claimed.moreWaits()).containsExactlyInAnyOrder(app, other);
        assertThat(tables.db.fetchCount(HOOK_DELIVERY, HOOK_DELIVERY.CLAIM.isNotNull()))
                .isEqualTo(9);

        assertThat(ledger.claimDue(new DeliveryLedger.Rooms(
                                List.of(
                                        new DeliveryLedger.Room(app, 100, 1, false, false),
                                        new DeliveryLedger.Room(other, 100, 1, false, false)),
                                1,
                                size))
                        .calls())
                .as("one that is larger than any room")
                .hasSize(1);
    }

    /// The others are those of a lease that ended, and of a commit that was done when we did not hear of it.
    @Test
    void onlyWhatIsWrittenCountsAgainstAnEndpoint() {
        tables.endpoint("app", "https://a.example/");
        List<FinishedCall> failed = tables.enqueue(settings, events("a.b", 4), 10).stream()
                .map(call -> new FinishedCall(
                        call,
                        new CallOutcome.RetryIn(Duration.ofHours(1), 500, "HTTP 500"),
                        System.nanoTime(),
                        Duration.ofMillis(3)))
                .toList();
        DeliveryLedger ledger = new DeliveryLedger(tables.db, settings);

        assertThat(ledger.record(failed).written()).isEqualTo(4);
        assertThat(ledger.record(failed).written()).isZero();

        assertThat(tables.db.fetchSingle(HOOK_ENDPOINT).get(HOOK_ENDPOINT.FAILURES))
                .isEqualTo(4);
        assertThat(tables.attempts()).hasSize(4);
    }

    @Test
    void anOutcomeWithoutItsClaimIsNotWritten() {
        tables.endpoint("app", "https://a.example/");
        List<OwedCall> owed = tables.enqueue(settings, events("a.b", 2), 10);
        tables.db.execute(
                "update hook_delivery set claim = gen_random_uuid() where event_id = {0}",
                val(owed.getFirst().eventId()));

        DeliveryLedger.Recorded recorded = new DeliveryLedger(tables.db, settings)
                .record(owed.stream()
                        .map(call -> new FinishedCall(
                                call, new CallOutcome.Delivered(200), System.nanoTime(), Duration.ofMillis(3)))
                        .toList());

        assertThat(recorded.written()).isEqualTo(1);
        assertThat(tables.deliveries()).isEqualTo(1);
        assertThat(tables.attempts()).containsExactly("delivered");
    }
}
