package dev.twotick.worker.messages;

import static dev.twotick.db.schema.Tables.MESSAGE_STATUS;

import dev.twotick.db.Unnest;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.interpret.Fact.StatusReported;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSON;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Table `message_status`: one row for each status that Meta reported of a message, and of each participant of
/// a group.
final class MessageStatuses {

    record Key(long messageId, String status, String participant) {}

    /// One status of one message, after its message was written.
    record Reported(Messages.Row message, long accountId, ApplyItem<StatusReported> item) {
        Key key() {
            return new Key(message.id(), item.fact().status(), item.fact().participant());
        }

        /// The one with the least (Meta's time, digest); without a time it is the last.
        static Reported earlier(Reported one, Reported other) {
            return isEarlier(other.item, one.item) ? other : one;
        }
    }

    /// @return which of them nobody had reported before
    static Set<Key> report(DSLContext tx, Collection<Reported> statuses) {
        Unnest<Reported> n = columns(statuses);
        Set<Key> first = new HashSet<>(tx.insertInto(MESSAGE_STATUS, n.columns())
                .select(n.select(MESSAGE_STATUS.MESSAGE_ID, MESSAGE_STATUS.STATUS, MESSAGE_STATUS.PARTICIPANT))
                .onConflictDoNothing()
                .returningResult(MESSAGE_STATUS.MESSAGE_ID, MESSAGE_STATUS.STATUS, MESSAGE_STATUS.PARTICIPANT)
                .fetch(r -> new Key(r.value1(), r.value2(), r.value3())));
        List<Reported> known =
                statuses.stream().filter(s -> !first.contains(s.key())).toList();
        if (!known.isEmpty()) {
            replaceLater(tx, known);
        }
        return first;
    }

    /// Of two reports of one status, the one with the least (Meta's time, digest) stands.
    private static void replaceLater(DSLContext tx, List<Reported> statuses) {
        Unnest<Reported> n = columns(statuses);
        Map<Field<?>, Field<?>> contents = new HashMap<>();
        n.columns().forEach(c -> contents.put(c, n.get(c)));
        tx.update(MESSAGE_STATUS)
                .set(contents)
                .from(n.table())
                .where(MESSAGE_STATUS.MESSAGE_ID.eq(n.get(MESSAGE_STATUS.MESSAGE_ID)))
                .and(MESSAGE_STATUS.STATUS.eq(n.get(MESSAGE_STATUS.STATUS)))
                .and(MESSAGE_STATUS.PARTICIPANT.eq(n.get(MESSAGE_STATUS.PARTICIPANT)))
                .and(DSL.row(orNever(n.get(MESSAGE_STATUS.OCCURRED_AT)), n.get(MESSAGE_STATUS.DIGEST))
                        .lt(orNever(MESSAGE_STATUS.OCCURRED_AT), MESSAGE_STATUS.DIGEST))
                .execute();
    }

    private static boolean isEarlier(ApplyItem<StatusReported> one, ApplyItem<StatusReported> other) {
        int byTime = orMax(one).compareTo(orMax(other));
        int order = byTime != 0
                ? byTime
                : Arrays.compareUnsigned(one.item().digest(), other.item().digest());
        return order < 0;
    }

    private static Unnest<Reported> columns(Collection<Reported> statuses) {
        return Unnest.of(statuses)
                .with(MESSAGE_STATUS.MESSAGE_ID, s -> s.message().id())
                .with(MESSAGE_STATUS.STATUS, s -> s.item().fact().status())
                .with(MESSAGE_STATUS.PARTICIPANT, s -> s.item().fact().participant())
                .with(MESSAGE_STATUS.OCCURRED_AT, s -> s.item().item().occurredAt())
                .with(MESSAGE_STATUS.DIGEST, s -> s.item().item().digest())
                .with(MESSAGE_STATUS.RECIPIENT_ID, s -> recipient(s.item().fact()))
                .with(
                        MESSAGE_STATUS.PRICING,
                        s -> JSON.jsonOrNull(s.item().fact().pricing()))
                .with(
                        MESSAGE_STATUS.CONVERSATION,
                        s -> JSON.jsonOrNull(s.item().fact().conversation()))
                .with(
                        MESSAGE_STATUS.ERRORS,
                        s -> JSON.jsonOrNull(s.item().fact().errors()))
                .with(MESSAGE_STATUS.CALLBACK_DATA, s -> s.item().fact().callbackData())
                .with(MESSAGE_STATUS.PAYLOAD_ID, s -> s.item().payload().id());
    }

    /// Of a group, the group.
    private static @Nullable String recipient(StatusReported status) {
        if (status.groupId() != null) {
            return status.groupId();
        }
        return status.recipientWaId() != null ? status.recipientWaId() : status.recipientUserId();
    }

    private static Field<Instant> orNever(Field<Instant> at) {
        return DSL.coalesce(at, DSL.field("'infinity'::timestamptz", Instant.class));
    }

    private static Instant orMax(ApplyItem<?> item) {
        Instant at = item.item().occurredAt();
        return at == null ? Instant.MAX : at;
    }

    private MessageStatuses() {}
}
