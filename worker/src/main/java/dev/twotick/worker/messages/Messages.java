package dev.twotick.worker.messages;

import static dev.twotick.db.schema.Tables.MESSAGE;
import static java.util.stream.Collectors.toSet;

import dev.twotick.db.RowStatement;
import dev.twotick.db.Unnest;
import dev.twotick.worker.interpret.Fact.MessageTold;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Table `message`: one row for each wamid of an account, whoever told of it first.
///
/// All that a batch says of messages is written by one statement, in the order of keys, so that two batches
/// wait for each other and do not deadlock.
public final class Messages {

    /// In `message.news`: the row had no content, and has one now.
    static final int CONTENT_CAME = 1 << 27;

    /// A content was replaced by a stronger one; its conversation is not yet the new one's.
    static final int CONTENT_REPLACED = 1 << 28;

    /// A message that is in a conversation turns out to have gone the other way.
    static final int TURNED = 1 << 29;

    /// Before, it counted as unread where it was.
    static final int WAS_UNREAD = 1 << 26;

    private static final List<TableField<?, ?>> ROW = List.of(
            MESSAGE.KEY,
            MESSAGE.ID,
            MESSAGE.STATUS,
            MESSAGE.DIRECTION,
            MESSAGE.CONVERSATION_ID,
            MESSAGE.GROUP_ID,
            MESSAGE.KIND,
            MESSAGE.LIVE_AT,
            MESSAGE.NEWS);

    /// As [Row#countsAsUnread].
    static final String COUNTED_AS_UNREAD = "message.conversation_id is not null and message.live_at is not null"
            + " and message.direction = '" + MessageTold.Direction.INBOUND.word() + "'"
            + " and message.kind = '" + MessageTold.Kind.CONTENT.word() + "'";

    /// A message after the statement.
    ///
    /// @param id     refers to `message.id`
    /// @param status the status that stands now
    /// @param liveAt when it was first told live
    /// @param news   what this batch added: bits of [ToldBit], and of this class
    public record Row(
            UUID key,
            long id,
            String status,
            @Nullable String direction,
            @Nullable Long conversationId,
            @Nullable String groupId,
            String kind,
            @Nullable Instant liveAt,
            int news) {

        boolean isNew(ToldBit told) {
            return (news & told.bit()) != 0;
        }

        boolean is(int flag) {
            return (news & flag) != 0;
        }

        boolean isInbound() {
            return MessageTold.Direction.INBOUND.word().equals(direction);
        }

        boolean isContent() {
            return MessageTold.Kind.CONTENT.word().equals(kind);
        }

        boolean countsAsUnread() {
            return isContent() && isInbound() && liveAt != null && conversationId != null;
        }

        Row in(@Nullable Long conversation) {
            return new Row(key, id, status, direction, conversation, groupId, kind, liveAt, news);
        }

        /// Of what [MessageUpsert] returns.
        static Row of(ResultSet row) throws SQLException {
            return new Row(
                    row.getObject(1, UUID.class),
                    row.getLong(2),
                    row.getString(3),
                    row.getString(4),
                    RowStatement.longOrNull(row, 5),
                    row.getString(6),
                    row.getString(7),
                    RowStatement.time(row, 8),
                    row.getInt(9));
        }

        private static Row of(Record row, int news) {
            return new Row(
                    row.get(MESSAGE.KEY),
                    row.get(MESSAGE.ID),
                    row.get(MESSAGE.STATUS),
                    row.get(MESSAGE.DIRECTION),
                    row.get(MESSAGE.CONVERSATION_ID),
                    row.get(MESSAGE.GROUP_ID),
                    row.get(MESSAGE.KIND),
                    row.get(MESSAGE.LIVE_AT),
                    news);
        }

        private static Row unchanged(Record found) {
            Row row = of(found, 0);
            return row.countsAsUnread() ? of(found, WAS_UNREAD) : row;
        }
    }

    /// Joins what the batch says with what is known of each message; one not there yet becomes a row, if need
    /// be a stub. Every row is locked by this, also one that does not change.
    ///
    /// @return every message of the batch, as it is now
    public static Map<UUID, Row> write(DSLContext tx, Collection<MessageDelta> deltas) {
        return all(tx, deltas, MessageUpsert.of(deltas).fetch(tx, Row::of));
    }

    /// @param changed what the statement has answered with
    static Map<UUID, Row> all(DSLContext tx, Collection<MessageDelta> deltas, Collection<Row> changed) {
        Map<UUID, Row> rows = new HashMap<>();
        changed.forEach(row -> rows.put(row.key(), row));
        Set<UUID> unchanged = deltas.stream()
                .map(d -> d.key)
                .filter(k -> !rows.containsKey(k))
                .collect(toSet());
        if (!unchanged.isEmpty()) {
            rows.putAll(select(tx, unchanged));
        }
        return rows;
    }

    /// Puts messages into other conversations; their rows are locked by this transaction already.
    static void move(DSLContext tx, Collection<Row> messages) {
        Unnest<Row> n =
                Unnest.of(messages).with(MESSAGE.ID, Row::id).with(MESSAGE.CONVERSATION_ID, Row::conversationId);
        tx.update(MESSAGE)
                .set(MESSAGE.CONVERSATION_ID, n.get(MESSAGE.CONVERSATION_ID))
                .from(n.table())
                .where(MESSAGE.ID.eq(n.get(MESSAGE.ID)))
                .execute();
    }

    /// Nothing that hangs on them can be added until the transaction ends. In the order in which batches lock
    /// them.
    public static List<Row> lock(DSLContext tx, Collection<Long> messages) {
        return tx.select(ROW)
                .from(MESSAGE)
                .where(MESSAGE.ID.eq(DSL.any(messages.toArray(Long[]::new))))
                .orderBy(MESSAGE.KEY)
                .forUpdate()
                .fetch(Row::unchanged);
    }

    /// Which of these there are.
    public static Set<UUID> there(DSLContext db, Collection<UUID> keys) {
        return db.select(MESSAGE.KEY)
                .from(MESSAGE)
                .where(MESSAGE.KEY.eq(DSL.any(keys.toArray(UUID[]::new))))
                .fetchSet(MESSAGE.KEY);
    }

    private static Map<UUID, Row> select(DSLContext tx, Set<UUID> keys) {
        return tx.select(ROW)
                .from(MESSAGE)
                .where(MESSAGE.KEY.eq(DSL.any(keys.toArray(UUID[]::new))))
                .fetchMap(MESSAGE.KEY, Row::unchanged);
    }

    private Messages() {}
}
