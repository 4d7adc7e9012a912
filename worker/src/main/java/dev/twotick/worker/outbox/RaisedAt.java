package dev.twotick.worker.outbox;

import static org.jooq.impl.DSL.val;

import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;

/// When events were raised, as far as they were ever tried or are owed: what nobody wanted, nobody knows by its id.
///
/// @param found how many of them are known
record RaisedAt(Instant first, Instant last, int found) {
    // calls are found by their endpoint's key
    private static final String OF = """
            select min(event_at) as first, max(event_at) as last, count(distinct event_id) as found
            from (
                select event_id, event_at from hook_attempt where event_id = any ({0})
                union all
                select d.event_id, d.event_at from hook_endpoint p join hook_delivery d on d.endpoint_id = p.id
                where d.event_id = any ({0})) known
            having count(*) > 0
            """;

    /// @return nothing when none is known
    static Optional<RaisedAt> of(DSLContext db, Collection<UUID> events) {
        return db.resultQuery(OF, val(events.toArray(UUID[]::new)))
                .fetchOptional(row -> new RaisedAt(
                        row.get("first", Instant.class),
                        row.get("last", Instant.class),
                        row.get("found", Integer.class)));
    }
}
