package dev.twotick.worker.messages;

import dev.twotick.db.RowStatement;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.interpret.Fact.StatusReported;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Table `message_status`: one row for each status that Meta reported of a message, and of each participant of
/// a group.
final class MessageStatuses {
    // By the message's key: its id is not known yet where both go in one trip.
    private static final String ROWS = """
            (select m.id as message_id, t.* from unnest(
                ?::uuid[], ?::text[], ?::text[], ?::timestamptz[], ?::bytea[], ?::text[],
                ?::text[], ?::text[], ?::text[], ?::text[], ?::uuid[])
                as t (key, status, participant, occurred_at, digest, recipient_id,
                    pricing, conversation, errors, callback_data, payload_id)
            cross join lateral (select m.id from message m where m.key = t.key offset 0) m) as n
            """;

    // The transaction has the messages' rows locked, so nobody else writes their statuses: what is not there now is
    // new. An `on conflict` would confirm each row in the WAL.
    private static final String REPORT = """
            insert into message_status (message_id, status, participant, occurred_at, digest, recipient_id,
                pricing, conversation, errors, callback_data, payload_id)
            select message_id, status, participant, occurred_at, digest, recipient_id,
                pricing::json, conversation::json, errors::json, callback_data, payload_id
            from %s
            where not exists (
                select from message_status s
                where s.message_id = n.message_id and s.status = n.status and s.participant = n.participant offset 0)
            order by message_id, status, participant
            returning message_id, status, participant, exists (select from campaign_recipient)
            """.formatted(ROWS);

    private static final String REPLACE = """
            update message_status s
            set occurred_at = n.occurred_at, digest = n.digest, recipient_id = n.recipient_id,
                pricing = n.pricing::json, conversation = n.conversation::json, errors = n.errors::json,
                callback_data = n.callback_data, payload_id = n.payload_id
            from %s
            where s.message_id = n.message_id and s.status = n.status and s.participant = n.participant
                and (coalesce(n.occurred_at, 'infinity'), n.digest)
                    < (coalesce(s.occurred_at, 'infinity'), s.digest)
            """.formatted(ROWS);

    record Key(UUID message, String status, String participant) {}

    /// One status of one message.
    ///
    /// @param message its key
    record Reported(UUID message, long accountId, ApplyItem<StatusReported> item) {
        Key key() {
            return new Key(message, item.fact().status(), item.fact().participant());
        }

        /// The one with the least (Meta's time, digest); without a time it is the last.
        static Reported earlier(Reported one, Reported other) {
            return isEarlier(other.item, one.item) ? other : one;
        }
    }

    /// @param first     which of them nobody had reported before
    /// @param campaigns whether one of the messages may be a campaign's. Whoever makes it one locks its row, as
    ///     this transaction has by now: so it is that already, or will find what this transaction leaves there
    record Answer(Set<First> first, boolean campaigns) {
        static final Answer NOTHING = new Answer(Set.of(), true);

        /// @param message as it was written
        boolean isFirst(Reported status, Messages.Row message) {
            StatusReported fact = status.item().fact();
            return first.contains(new First(message.id(), fact.status(), fact.participant()));
        }
    }

    record First(long messageId, String status, String participant) {}

    /// Writes down what nobody had reported before, in one trip with what `report` comes after.
    static Answer write(DSLContext tx, RowStatement<Reported> report) {
        Set<First> first = new HashSet<>();
        List<Boolean> campaigns = report.fetch(tx, row -> {
            first.add(new First(row.getLong(1), row.getString(2), row.getString(3)));
            return row.getBoolean(4);
        });
        return new Answer(first, campaigns.isEmpty() || campaigns.getFirst());
    }

    /// The statement of [#write]; that of the messages comes before it.
    static RowStatement<Reported> report(Collection<Reported> statuses) {
        return columns(REPORT, statuses);
    }

    /// Of two reports of one status, the one with the least (Meta's time, digest) stands.
    static void replaceLater(DSLContext tx, List<Reported> statuses) {
        columns(REPLACE, statuses).execute(tx);
    }

    private static boolean isEarlier(ApplyItem<StatusReported> one, ApplyItem<StatusReported> other) {
        int byTime = orMax(one).compareTo(orMax(other));
        int order = byTime != 0
                ? byTime
                : Arrays.compareUnsigned(one.item().digest(), other.item().digest());
        return order < 0;
    }

    private static RowStatement<Reported> columns(String sql, Collection<Reported> statuses) {
        return RowStatement.of(sql, statuses)
                .uuids(Reported::message)
                .texts(s -> s.item().fact().status())
                .texts(s -> s.item().fact().participant())
                .times(s -> s.item().item().occurredAt())
                .bytes(s -> s.item().item().digest())
                .texts(s -> recipient(s.item().fact()))
                .texts(s -> s.item().fact().pricing())
                .texts(s -> s.item().fact().conversation())
                .texts(s -> s.item().fact().errors())
                .texts(s -> s.item().fact().callbackData())
                .uuids(s -> s.item().payload().id());
    }

    /// Of a group, the group.
    static @Nullable String recipient(StatusReported status) {
        if (status.groupId() != null) {
            return status.groupId();
        }
        return status.recipientWaId() != null ? status.recipientWaId() : status.recipientUserId();
    }

    private static Instant orMax(ApplyItem<?> item) {
        Instant at = item.item().occurredAt();
        return at == null ? Instant.MAX : at;
    }

    private MessageStatuses() {}
}
