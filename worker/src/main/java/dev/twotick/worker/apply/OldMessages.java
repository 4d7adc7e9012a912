package dev.twotick.worker.apply;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// Deletes messages that are behind the [Horizon]. A message is as old as the youngest that Meta has said of it: its
/// own
/// time, a status, an edit, a reaction to it. Then each of its facts is behind the horizon too, and no replay brings a
/// part
/// of it back. One without any of Meta's times is as old as its receipt.
public final class OldMessages {
    private static final int BATCH = 2_000;

    private static final String FIND = """
        select m.id from message m
        where m.id > {1} and ({3}::bigint[] is null or m.id = any ({3})) and coalesce(
                greatest(m.occurred_at, m.sent_at, m.delivered_at, m.read_at, m.played_at, m.failed_at,
                    m.edited_at, m.revoked_at),
                greatest(m.live_at, m.echoed_at, m.history_at, m.standby_at, m.registered_at, m.created_at)) < {0}
            and coalesce(m.registered_at < {0}, true)
            and not exists (select from message_status s where s.message_id = m.id and s.occurred_at >= {0})
            and not exists (select from message_reaction r where r.message_id = m.id and r.reacted_at >= {0})
        order by m.id limit {2}
        """;

    private final DSLContext database;
    private final Horizon horizon;
    private long lookedAt;

    public OldMessages(DSLContext database, Horizon horizon) {
        this.database = database;
        this.horizon = horizon;
    }

    /// Deletes some.
    ///
    /// @return how many were looked at; 0 when none are left, and the next call begins from the first message again
    public int delete() {
        Optional<Instant> since = horizon.messagesSince(database);
        if (since.isEmpty()) {
            return 0;
        }
        List<Long> old = find(database, since.get(), lookedAt, null);
        if (!old.isEmpty()) {
            Retries.transaction(database, tx -> {
                PeopleLock.share(tx);
                MessageRemoval.lock(tx, old);
                // what was committed since may have made them younger
                MessageRemoval.delete(tx, find(tx, since.get(), 0, old));
                return true;
            });
        }
        lookedAt = old.isEmpty() ? 0 : old.getLast();
        return old.size();
    }

    /// @param among only these, or null
    private static List<Long> find(DSLContext db, Instant since, long after, @Nullable List<Long> among) {
        Long[] ids = among == null ? null : among.toArray(Long[]::new);
        return db.resultQuery(
                        FIND, DSL.val(since), DSL.val(after), DSL.val(BATCH), DSL.val(ids, SQLDataType.BIGINT.array()))
                .fetch(0, Long.class);
    }
}
