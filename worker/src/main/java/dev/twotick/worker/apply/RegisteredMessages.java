package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.MESSAGE;

import dev.twotick.db.Unnest;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// Table `message`, of what the operator says was sent: such a message is outbound, whatever Meta tells of it later.
final class RegisteredMessages {
    private static final String OUTBOUND = "outbound";
    private static final short DIRECTION_RANK = 3;

    record Registered(UUID key, long accountId, String wamid) {}

    /// Registers them; one that is not there yet becomes a stub. Every row is locked by this, also one that does not
    /// change: whoever reads its status afterwards, in this transaction, reads the last one.
    ///
    /// @return `message.id` by key
    static Map<UUID, Long> register(DSLContext tx, Collection<Registered> messages) {
        Unnest<Registered> n = Unnest.of(messages)
                .with(MESSAGE.KEY, Registered::key)
                .with(MESSAGE.ACCOUNT_ID, Registered::accountId)
                .with(MESSAGE.WAMID, Registered::wamid)
                .with(MESSAGE.DIRECTION, m -> OUTBOUND)
                .with(MESSAGE.DIRECTION_RANK, m -> DIRECTION_RANK);
        var columns = new java.util.ArrayList<>(n.columns());
        columns.add(MESSAGE.REGISTERED_AT);
        var rows = DSL.select(n.columns().stream().map(n::get).toList())
                .select(DSL.currentInstant())
                .from(n.table())
                .orderBy(n.get(MESSAGE.KEY));
        tx.insertInto(MESSAGE, columns)
                .select(rows)
                .onConflict(MESSAGE.KEY)
                .doUpdate()
                .set(MESSAGE.REGISTERED_AT, DSL.excluded(MESSAGE.REGISTERED_AT))
                .set(
                        MESSAGE.DIRECTION,
                        DSL.when(
                                        DSL.row(
                                                        FirstVersion.DIRECTION_RANK,
                                                        DSL.coalesce(MESSAGE.DIRECTION, DSL.inline("")))
                                                .lt(DIRECTION_RANK, OUTBOUND),
                                        DSL.inline(OUTBOUND))
                                .else_(MESSAGE.DIRECTION))
                .set(MESSAGE.DIRECTION_RANK, DSL.greatest(FirstVersion.DIRECTION_RANK, DSL.val(DIRECTION_RANK)))
                .where(MESSAGE.REGISTERED_AT.isNull())
                .execute();
        return tx.select(MESSAGE.KEY, MESSAGE.ID)
                .from(MESSAGE)
                .where(MESSAGE.KEY.eq(
                        DSL.any(messages.stream().map(Registered::key).toArray(UUID[]::new))))
                .fetchMap(MESSAGE.KEY, MESSAGE.ID);
    }

    private RegisteredMessages() {}
}
