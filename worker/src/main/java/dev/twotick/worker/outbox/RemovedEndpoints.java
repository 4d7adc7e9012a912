package dev.twotick.worker.outbox;

import static org.jooq.impl.DSL.val;

import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;

/// What is owed to endpoints that are gone: taken away by the removal itself, and what it leaves, when it dies or when
/// a transaction that had begun before it commits after it, by whoever looks for it later.
public final class RemovedEndpoints {
    private static final int CHUNK = 10_000;

    // From one endpoint's first call to the next one's, along the key.
    private static final String WITH_CALLS = """
            with recursive owed as (
                (select endpoint_id from hook_delivery order by endpoint_id limit 1)
                union all
                select (select d.endpoint_id from hook_delivery d
                    where d.endpoint_id > o.endpoint_id order by d.endpoint_id limit 1)
                from owed o where o.endpoint_id is not null)
            select o.endpoint_id from owed o
            where o.endpoint_id is not null and not exists (select from hook_endpoint p where p.id = o.endpoint_id)
            """;

    private static final String REMOVE = """
            delete from hook_delivery where ctid = any (
                array(select ctid from hook_delivery where endpoint_id = {0} limit {1}))
                and endpoint_id = {0}
            """;

    private final DSLContext db;

    public RemovedEndpoints(DSLContext db) {
        this.db = db;
    }

    /// Those to which something is owed.
    public List<UUID> withCalls() {
        return db.resultQuery(WITH_CALLS).fetch(0, UUID.class);
    }

    /// In chunks, so that it may be cut off.
    ///
    /// @param endpoint one that is gone
    /// @return how many calls
    public long removeCalls(UUID endpoint) {
        long removed = 0;
        int last = CHUNK;
        while (last == CHUNK) {
            last = db.execute(REMOVE, val(endpoint), val(CHUNK));
            removed += last;
        }
        return removed;
    }
}
