package dev.twotick.worker.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.worker.outbox.DeliveryLedger.Claimed;
import dev.twotick.worker.outbox.DeliveryLedger.Room;
import dev.twotick.worker.outbox.DeliveryLedger.Rooms;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A rate is the endpoint's, however many workers call it.
@Tag("postgres15")
class EndpointRateTest extends HookTablesFixture {
    private Claimed claim(UUID... endpoints) {
        List<Room> rooms = java.util.stream.Stream.of(endpoints)
                .map(id -> new Room(id, 100, 1_000_000, false, true))
                .toList();
        return new DeliveryLedger(tables.db, settings).claimDue(new Rooms(rooms, 1_000_000, 1_000_000));
    }

    private void usedUntil(String time) {
        tables.db.execute("update hook_endpoint set rate_used_until = " + time + " where rate is not null");
    }

    @Test
    void noMoreIsClaimedThanTheRateLeavesToAllWorkers() {
        UUID rated = tables.endpoint("rated", "https://a.example/");
        UUID free = tables.endpoint("free", "https://b.example/");
        tables.db.execute("update hook_endpoint set rate = 3 where name = 'rated'");
        // none of the rated one's is leased without a claim
        assertThat(tables.enqueue(settings, HookTables.events("a.b", 20), 100))
                .extracting(OwedCall::endpointId)
                .containsOnly(free)
                .hasSize(20);

        Claimed first = claim(rated, free);
        assertThat(first.calls()).hasSize(3);
        assertThat(first.rateLeavesMoreIn()).isPresent();

        usedUntil("now() + interval '1 hour'");
        Claimed second = claim(rated);
        assertThat(second.calls()).isEmpty();
        assertThat(second.rateLeavesMoreIn()).isPresent();

        usedUntil("now() - interval '1 hour'");
        assertThat(claim(rated).calls()).hasSize(3);
        assertThat(tables.db
                        .fetchSingle("select rate_used_until > clock_timestamp() - interval '1 minute'"
                                + " from hook_endpoint where rate is not null")
                        .get(0, Boolean.class))
                .isTrue();
    }

    @Test
    void aBatchIsOneCallOfTheRateAndWhatGoesAloneIsOneEach() {
        UUID rated = tables.endpoint("rated", "https://a.example/");
        tables.db.execute("update hook_endpoint set rate = 3, batch = 10");
        tables.enqueue(settings, HookTables.events("a.b", 44), 0);

        Instant before = now();
        assertThat(claimBatches(rated).calls()).hasSize(30);
        assertThat(usedUntil()).isBetween(before.plusSeconds(1), now().plusSeconds(1));

        usedUntil("now() - interval '1 hour'");
        tables.db.execute("update hook_delivery set attempt = 1, answered = 429 where claim is null");
        tables.db.execute("update hook_delivery set answered = 422, next_attempt_at = now() - interval '1 minute'"
                + " where ctid = any (array(select ctid from hook_delivery where claim is null limit 2))");
        before = now();
        Claimed second = claimBatches(rated);
        assertThat(second.calls()).hasSize(12);
        assertThat(second.calls().stream().filter(OwedCall::alone)).hasSize(2);
        assertThat(usedUntil()).isBetween(before.plusSeconds(1), now().plusSeconds(1));
    }

    private Claimed claimBatches(UUID endpoint) {
        Room room = new Room(endpoint, 1_000, 1_000, 10, 1_000_000, false, true);
        return new DeliveryLedger(tables.db, settings).claimDue(new Rooms(List.of(room), 1_000_000, 1_000_000));
    }

    private Instant now() {
        return tables.db.fetchSingle("select clock_timestamp()").get(0, Instant.class);
    }

    private Instant usedUntil() {
        return tables.db
                .fetchSingle("select rate_used_until from hook_endpoint where rate is not null")
                .get(0, Instant.class);
    }

    @Test
    void aRatedEndpointThatIsOwedNothingIsNotAskedForAgain() {
        UUID rated = tables.endpoint("rated", "https://a.example/");
        tables.db.execute("update hook_endpoint set rate = 3");

        assertThat(claim(rated).rateLeavesMoreIn()).isEmpty();
    }
}
