package dev.twotick.worker.outbox;

import static org.jooq.impl.DSL.val;

import dev.twotick.db.Unnest;
import dev.twotick.worker.outbox.DeliveryLedger.Claimed;
import dev.twotick.worker.outbox.DeliveryLedger.Room;
import dev.twotick.worker.outbox.DeliveryLedger.Rooms;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.DSLContext;

/// How many calls the rates of some endpoints leave to a claim: no more begin in a second than a rate allows, all
/// workers together. It is counted in the endpoint's row, which stays locked until the claim's transaction ends, so
/// that no other claim takes the same.
///
/// @param left of each endpoint that has a rate
record EndpointRates(Map<UUID, Integer> left) {
    private static final Duration SOON = Duration.ofMillis(100);

    private static final String LOCK = "select from hook_endpoint where id = any ({0}) order by id for no key update";

    private static final String LEFT = """
            select p.id,
                floor(p.rate * extract(epoch from t.now + interval '1 second' - greatest(p.rate_used_until, t.now)))::int
                    as left_now
            from hook_endpoint p cross join (select clock_timestamp() as now) t
            where p.id = any ({0}) and p.rate is not null
            """;

    private static final String USE = """
            update hook_endpoint p
            set rate_used_until = greatest(p.rate_used_until, clock_timestamp()) + t.calls * interval '1 second' / p.rate
            from unnest({0}, {1}) as t (id, calls)
            where p.id = t.id and p.rate is not null
            """;

    EndpointRates {
        left = Map.copyOf(left);
    }

    /// Two statements: what the second sees is what the others that were waited for have left.
    static EndpointRates lock(DSLContext tx, Rooms rooms) {
        UUID[] rated =
                rooms.each().stream().filter(Room::rated).map(Room::endpointId).toArray(UUID[]::new);
        tx.execute(LOCK, val(rated));
        return new EndpointRates(tx.fetch(LEFT, val(rated))
                .intoMap(row -> row.get("id", UUID.class), row -> row.get("left_now", Integer.class)));
    }

    Rooms within(Rooms rooms) {
        return new Rooms(
                rooms.each().stream()
                        .map(room -> room.atMost(left.getOrDefault(room.endpointId(), Integer.MAX_VALUE)))
                        .filter(room -> room.most() > 0)
                        .toList(),
                rooms.bytes(),
                rooms.outsize());
    }

    /// Counts what was claimed. What a rate held back is asked for again soon.
    Claimed use(DSLContext tx, Rooms rooms, Claimed claimed) {
        Map<UUID, List<OwedCall>> events =
                claimed.calls().stream().collect(Collectors.groupingBy(OwedCall::endpointId));
        Map<UUID, Long> counts = rooms.each().stream()
                .filter(room -> left.containsKey(room.endpointId()) && events.containsKey(room.endpointId()))
                .collect(Collectors.toMap(Room::endpointId, room ->
                        (long) room.callsFor(events.getOrDefault(room.endpointId(), List.of()))));
        if (!counts.isEmpty()) {
            Unnest<Map.Entry<UUID, Long>> used = Unnest.of(counts.entrySet());
            tx.execute(USE, used.uuids(Map.Entry::getKey), used.longs(Map.Entry::getValue));
        }
        boolean heldBack =
                left.entrySet().stream().anyMatch(each -> counts.getOrDefault(each.getKey(), 0L) >= each.getValue());
        return new Claimed(claimed.calls(), claimed.moreWaits(), heldBack ? Optional.of(SOON) : Optional.empty());
    }
}
