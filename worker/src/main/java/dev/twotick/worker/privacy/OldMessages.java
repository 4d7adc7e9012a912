package dev.twotick.worker.privacy;

import dev.twotick.worker.batch.Retries;
import dev.twotick.worker.messages.Messages;
import dev.twotick.worker.people.PeopleLock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// Deletes messages that are behind the [Horizon]. A message is as old as the youngest that Meta has said of
/// it: its own time, a status, an edit, a reaction to it. Then each of its facts is behind the horizon too, and
/// no replay brings a part of it back. One without any of Meta's times is as old as its receipt.
public final class OldMessages {
    private static final int WINDOW = 2_000;

    private static final String END_OF_WINDOW =
            "select max(id) from (select id from message where id > {0} order by id limit {1}) walked";

    private static final String FIND = """
        select m.id from message m
        where {1} and coalesce(
                greatest(m.occurred_at, m.sent_at, m.delivered_at, m.read_at, m.played_at, m.failed_at,
                    m.edited_at, m.revoked_at),
                greatest(m.live_at, m.echoed_at, m.history_at, m.standby_at, m.registered_at, m.created_at)) < {0}
            and coalesce(m.registered_at < {0}, true)
            and not exists (select from message_status s where s.message_id = m.id and s.occurred_at >= {0})
            and not exists (select from reaction_statement r where r.message_id = m.id and r.reacted_at >= {0})
        """;

    private final DSLContext database;
    private final Horizon horizon;
    private long walkedTo;

    public OldMessages(DSLContext database, Horizon horizon) {
        this.database = database;
        this.horizon = horizon;
    }

    /// Deletes those of the next window.
    ///
    /// @return how many; empty at the end, and the next call begins from the first message again
    public OptionalInt deleteNext() {
        Optional<Instant> since = horizon.messagesSince(database);
        Long end = since.isEmpty()
                ? null
                : database.fetchSingle(END_OF_WINDOW, DSL.val(walkedTo), DSL.val(WINDOW))
                        .get(0, Long.class);
        if (since.isEmpty() || end == null) {
            walkedTo = 0;
            return OptionalInt.empty();
        }
        List<Long> old = find(
                database, since.get(), DSL.condition("m.id > {0} and m.id <= {1}", DSL.val(walkedTo), DSL.val(end)));
        int deleted = old.isEmpty() ? 0 : Retries.transaction(database, tx -> delete(tx, since.get(), old));
        walkedTo = end;
        return OptionalInt.of(deleted);
    }

    private static int delete(DSLContext tx, Instant since, List<Long> old) {
        PeopleLock.shared(tx);
        Messages.lock(tx, old);
        // what was committed since may have made them younger
        List<Long> still = find(tx, since, DSL.condition("m.id = any ({0})", DSL.val(old.toArray(Long[]::new))));
        MessageRemoval.delete(tx, still);
        return still.size();
    }

    private static List<Long> find(DSLContext db, Instant since, Condition among) {
        return db.resultQuery(FIND, DSL.val(since), among).fetch(0, Long.class);
    }
}
