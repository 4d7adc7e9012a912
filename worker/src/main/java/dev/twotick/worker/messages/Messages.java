package dev.twotick.worker.messages;

import static dev.twotick.db.schema.Tables.MESSAGE;
import static java.util.stream.Collectors.toSet;

import dev.twotick.db.Unnest;
import dev.twotick.model.whatsapp.MessageStatus;
import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.Precedence;
import dev.twotick.worker.batch.RowMerge;
import dev.twotick.worker.interpret.Fact.Location;
import dev.twotick.worker.interpret.Fact.Media;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Person;
import dev.twotick.worker.people.Identity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSON;
import org.jooq.Record;
import org.jooq.Row6;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Table `message`: one row for each wamid of an account, whoever told of it first.
///
/// All that a batch says of messages is written by one statement, in the order of keys, so that two batches
/// wait for each other and do not deadlock. It has the columns that this batch needs: a batch of statuses has
/// no contents.
public final class Messages {

    /// In `message.news`: the row had no content, and has one now.
    static final int CONTENT_CAME = 1 << 27;

    /// A content was replaced by a stronger one; its conversation is not yet the new one's.
    static final int CONTENT_REPLACED = 1 << 28;

    /// A message that is in a conversation turns out to have gone the other way.
    static final int TURNED = 1 << 29;

    /// Before, it counted as unread where it was.
    static final int WAS_UNREAD = 1 << 26;

    private static final List<TableField<?, ?>> MEDIA = List.of(
            MESSAGE.MEDIA_ID,
            MESSAGE.MEDIA_MIME_TYPE,
            MESSAGE.MEDIA_SHA256,
            MESSAGE.MEDIA_FILENAME,
            MESSAGE.MEDIA_URL,
            MESSAGE.VOICE,
            MESSAGE.MEDIA_EXPIRES_AT);

    private static final List<TableField<?, Instant>> STATUS_TIMES =
            List.of(MESSAGE.SENT_AT, MESSAGE.DELIVERED_AT, MESSAGE.READ_AT, MESSAGE.PLAYED_AT, MESSAGE.FAILED_AT);

    private static final Field<Short> MERGED_RANK =
            DSL.greatest(MESSAGE.STATUS_RANK, DSL.excluded(MESSAGE.STATUS_RANK));

    private static final short NO_CONTENT = Short.MIN_VALUE;

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
    private static final Condition COUNTED_AS_UNREAD = MESSAGE.CONVERSATION_ID
            .isNotNull()
            .and(MESSAGE.LIVE_AT.isNotNull())
            .and(MESSAGE.DIRECTION.eq(DSL.inline(MessageTold.Direction.INBOUND.word())))
            .and(MESSAGE.KIND.eq(DSL.inline(MessageTold.Kind.CONTENT.word())));

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
        Map<UUID, Row> rows = new HashMap<>(upsert(tx, deltas));
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

    private static Map<UUID, Row> upsert(DSLContext tx, Collection<MessageDelta> deltas) {
        Unnest<MessageDelta> n = Unnest.of(deltas)
                .with(MESSAGE.KEY, d -> d.key)
                .with(MESSAGE.ACCOUNT_ID, d -> d.accountId)
                .with(MESSAGE.WAMID, d -> d.wamid.value())
                .with(MESSAGE.DIRECTION, d -> d.heading().direction())
                .with(MESSAGE.DIRECTION_RANK, d -> (short) d.heading().rank());
        RowMerge merge = new RowMerge();
        List<Field<Integer>> news = new ArrayList<>();
        news.add(heading(merge));
        news.add(flag(COUNTED_AS_UNREAD, WAS_UNREAD));
        if (any(deltas, d -> d.content() != null)) {
            news.add(told(n, merge, deltas));
        }
        boolean moves = any(deltas, d -> d.status() != MessageStatus.PENDING);
        if (moves) {
            progress(n, merge);
        }
        addressed(n, merge, deltas);
        if (any(deltas, d -> d.registeredAt() != null)) {
            n.with(MESSAGE.REGISTERED_AT, MessageDelta::registeredAt);
            merge.first(MESSAGE.REGISTERED_AT);
        }
        content(n, merge, deltas, news);
        errors(n, merge, deltas, moves);
        n.with(MESSAGE.NEWS, d -> d.toldBits() | (d.content() == null ? 0 : CONTENT_CAME));
        merge.set(
                MESSAGE.NEWS,
                news.stream().reduce((one, other) -> DSL.bitOr(one, other)).orElseThrow());
        return tx.insertInto(MESSAGE, n.columns())
                .select(n.select(MESSAGE.KEY))
                .onConflict(MESSAGE.KEY)
                .doUpdate()
                .set(merge.set())
                .where(merge.changes())
                .returningResult(ROW)
                .fetchMap(MESSAGE.KEY, row -> Row.of(row, row.get(MESSAGE.NEWS)));
    }

    private static Map<UUID, Row> select(DSLContext tx, Set<UUID> keys) {
        return tx.select(ROW)
                .from(MESSAGE)
                .where(MESSAGE.KEY.eq(DSL.any(keys.toArray(UUID[]::new))))
                .fetchMap(MESSAGE.KEY, Row::unchanged);
    }

    /// Direction, by the greatest (rank, word).
    private static Field<Integer> heading(RowMerge merge) {
        Condition surer = DSL.row(MESSAGE.DIRECTION_RANK, RowMerge.textOrEmpty(MESSAGE.DIRECTION))
                .lt(DSL.excluded(MESSAGE.DIRECTION_RANK), RowMerge.textOrEmpty(DSL.excluded(MESSAGE.DIRECTION)));
        merge.when(surer, MESSAGE.DIRECTION, MESSAGE.DIRECTION_RANK);
        Condition turned = surer.and(MESSAGE.CONVERSATION_ID.isNotNull())
                .and(MESSAGE.DIRECTION.isDistinctFrom(DSL.excluded(MESSAGE.DIRECTION)));
        return flag(turned, TURNED);
    }

    /// Who told of it, and when they first did.
    private static Field<Integer> told(Unnest<MessageDelta> n, RowMerge merge, Collection<MessageDelta> deltas) {
        Field<Integer> both = DSL.bitOr(MESSAGE.TOLD, DSL.excluded(MESSAGE.TOLD));
        Field<Integer> all = any(deltas, d -> ToldBit.completes(d.toldBits())) ? ToldBit.whole(both) : both;
        Field<Integer> unheard = DSL.bitAnd(all, DSL.bitNot(MESSAGE.TOLD));
        n.with(MESSAGE.TOLD, MessageDelta::toldBits);
        merge.when(unheard.ne(0)).set(MESSAGE.TOLD, all);
        for (ToldBit.Teller teller : ToldBit.Teller.values()) {
            if (any(deltas, d -> d.firstToldAt(teller) != null)) {
                TableField<?, Instant> at = toldAt(teller);
                n.with(at, d -> d.firstToldAt(teller));
                merge.first(at);
            }
        }
        return unheard;
    }

    private static TableField<?, Instant> toldAt(ToldBit.Teller teller) {
        return switch (teller) {
            case LIVE -> MESSAGE.LIVE_AT;
            case ECHO -> MESSAGE.ECHOED_AT;
            case STANDBY -> MESSAGE.STANDBY_AT;
            case HISTORY -> MESSAGE.HISTORY_AT;
        };
    }

    /// Statuses: by rank, each with Meta's first time. Commutative, so no order of arrival matters. What was delivered
    /// has not failed.
    private static void progress(Unnest<MessageDelta> n, RowMerge merge) {
        n.with(MESSAGE.STATUS, d -> d.status().word())
                .with(MESSAGE.STATUS_RANK, d -> d.status().rank());
        merge.when(DSL.excluded(MESSAGE.STATUS_RANK).gt(MESSAGE.STATUS_RANK), MESSAGE.STATUS, MESSAGE.STATUS_RANK);
        for (TableField<?, Instant> time : STATUS_TIMES) {
            n.with(time, d -> d.statusTime(wordOf(time)));
            merge.least(time);
        }
        merge.set(
                MESSAGE.FAILED_AT,
                DSL.when(mayHaveFailed(MERGED_RANK), DSL.least(MESSAGE.FAILED_AT, DSL.excluded(MESSAGE.FAILED_AT))));
    }

    /// What the errors of statuses and of contents leave: see [MessageDelta#errorCode].
    private static void errors(Unnest<MessageDelta> n, RowMerge merge, Collection<MessageDelta> deltas, boolean moves) {
        boolean reported = any(deltas, d -> d.statusError() != null);
        if (reported) {
            n.with(MESSAGE.STATUS_ERROR, MessageDelta::statusError);
            merge.greatest(MESSAGE.STATUS_ERROR);
        }
        boolean contents = any(deltas, d -> d.content() != null);
        if (contents && any(deltas, d -> d.contentError() != null)) {
            n.with(MESSAGE.CONTENT_ERROR, MessageDelta::contentError);
        }
        if (reported || moves || contents) {
            if (any(deltas, d -> d.errorCode() != null)) {
                n.with(MESSAGE.ERROR_CODE, MessageDelta::errorCode);
            }
            Field<Integer> standing = DSL.when(
                    mayHaveFailed(moves ? MERGED_RANK : MESSAGE.STATUS_RANK), merge.merged(MESSAGE.STATUS_ERROR));
            merge.set(MESSAGE.ERROR_CODE, DSL.coalesce(standing, merge.merged(MESSAGE.CONTENT_ERROR)));
        }
    }

    private static Condition mayHaveFailed(Field<Short> rank) {
        return rank.le(DSL.inline(MessageStatus.FAILED.rank()));
    }

    private static MessageStatus wordOf(TableField<?, Instant> time) {
        return MessageStatus.ofWord(time.getName().replace("_at", "")).orElseThrow();
    }

    /// Whatever source names them.
    private static void addressed(Unnest<MessageDelta> n, RowMerge merge, Collection<MessageDelta> deltas) {
        if (any(deltas, d -> d.recipientWaId() != null || d.recipientUserId() != null)) {
            n.with(MESSAGE.RECIPIENT_WA_ID, MessageDelta::recipientWaId)
                    .with(MESSAGE.RECIPIENT_USER_ID, MessageDelta::recipientUserId);
            merge.greatestText(MESSAGE.RECIPIENT_WA_ID).greatestText(MESSAGE.RECIPIENT_USER_ID);
        }
        if (any(deltas, d -> d.groupId() != null)) {
            n.with(MESSAGE.GROUP_ID, MessageDelta::groupId);
            merge.greatestText(MESSAGE.GROUP_ID);
        }
    }

    /// The content, wholly from the strongest that was told; but text and media from the latest edit, whichever
    /// came first.
    private static void content(
            Unnest<MessageDelta> n, RowMerge merge, Collection<MessageDelta> deltas, List<Field<Integer>> news) {
        boolean contents = any(deltas, d -> d.content() != null);
        boolean edits = any(deltas, d -> d.edit() != null);
        Condition stronger = contents ? stronger() : DSL.falseCondition();
        Condition edited = edits ? RowMerge.later(MESSAGE.EDITED_AT, MESSAGE.EDIT_DIGEST) : DSL.falseCondition();
        Condition mediaEdited =
                edits ? RowMerge.later(MESSAGE.MEDIA_EDITED_AT, MESSAGE.MEDIA_EDIT_DIGEST) : DSL.falseCondition();
        if (contents) {
            contentColumns(n, merge, stronger);
            news.add(DSL.when(stronger.not(), DSL.inline(0))
                    .when(MESSAGE.CONTENT_RANK.isNull(), DSL.inline(CONTENT_CAME))
                    .else_(DSL.inline(CONTENT_REPLACED)));
            merge.set(
                    MESSAGE.CONVERSATION_ID,
                    DSL.when(stronger.and(MESSAGE.CONTENT_RANK.isNull()), DSL.excluded(MESSAGE.CONVERSATION_ID))
                            .else_(MESSAGE.CONVERSATION_ID));
        }
        if (contents || edits) {
            n.with(MESSAGE.BODY, MessageDelta::body)
                    .with(MESSAGE.MEDIA_ID, media(Media::id))
                    .with(MESSAGE.MEDIA_MIME_TYPE, media(Media::mimeType))
                    .with(MESSAGE.MEDIA_SHA256, media(Media::sha256))
                    .with(MESSAGE.MEDIA_FILENAME, media(Media::filename))
                    .with(MESSAGE.MEDIA_URL, media(Media::url))
                    .with(MESSAGE.VOICE, media(Media::voice))
                    .with(MESSAGE.MEDIA_EXPIRES_AT, media(Media::expiresAt));
            standing(merge, MESSAGE.BODY, edited, MESSAGE.EDITED_AT, stronger);
            MEDIA.forEach(column -> standing(merge, column, mediaEdited, MESSAGE.MEDIA_EDITED_AT, stronger));
        }
        if (edits) {
            n.with(MESSAGE.EDITED_AT, edit(MessageDelta::edit, Precedence::at))
                    .with(MESSAGE.EDIT_DIGEST, edit(MessageDelta::edit, Precedence::digest))
                    .with(MESSAGE.MEDIA_EDITED_AT, edit(MessageDelta::mediaEdit, Precedence::at))
                    .with(MESSAGE.MEDIA_EDIT_DIGEST, edit(MessageDelta::mediaEdit, Precedence::digest));
            merge.when(edited, MESSAGE.EDITED_AT, MESSAGE.EDIT_DIGEST)
                    .when(mediaEdited, MESSAGE.MEDIA_EDITED_AT, MESSAGE.MEDIA_EDIT_DIGEST);
        }
        if (any(deltas, d -> d.revokedAt() != null)) {
            n.with(MESSAGE.REVOKED_AT, MessageDelta::revokedAt);
            merge.least(MESSAGE.REVOKED_AT);
        }
    }

    private static void contentColumns(Unnest<MessageDelta> n, RowMerge merge, Condition stronger) {
        int before = n.columns().size();
        n.with(MESSAGE.CONTENT_RANK, d -> rank(d.content()))
                .with(
                        MESSAGE.KIND,
                        d -> d.content() == null
                                ? MessageTold.Kind.CONTENT.word()
                                : d.content().fact().kind().word())
                .with(MESSAGE.OCCURRED_AT, item(i -> i.item().occurredAt()))
                .with(MESSAGE.CONTENT_DIGEST, item(i -> i.item().digest()))
                .with(MESSAGE.TYPE, fact(MessageTold::type))
                .with(MESSAGE.LATITUDE, location(Location::latitude))
                .with(MESSAGE.LONGITUDE, location(Location::longitude))
                .with(MESSAGE.LOCATION_NAME, location(Location::name))
                .with(MESSAGE.LOCATION_ADDRESS, location(Location::address))
                .with(MESSAGE.REPLY_TO_WAMID, fact(MessageTold::replyTo))
                .with(MESSAGE.FORWARDED, fact(MessageTold::forwarded))
                .with(MESSAGE.REFERRAL, fact(f -> JSON.jsonOrNull(f.referral())))
                .with(MESSAGE.FROM_WA_ID, fact(f -> MessageDelta.from(f, Person::waId)))
                .with(MESSAGE.FROM_USER_ID, fact(f -> MessageDelta.from(f, Person::userId)))
                .with(MESSAGE.PEER_KIND, fact(f -> MessageDelta.strongest(f, UserIdentifier::kind)))
                .with(MESSAGE.PEER_VALUE, fact(f -> MessageDelta.strongest(f, UserIdentifier::value)))
                .with(MESSAGE.RAW, item(i -> JSON.json(i.item().raw())))
                .with(MESSAGE.PAYLOAD_ID, item(i -> i.payload().id()));
        List<Field<?>> columns = n.columns().subList(before, n.columns().size());
        merge.when(stronger, columns.toArray(Field[]::new)).when(stronger, MESSAGE.CONTENT_ERROR);
        n.with(MESSAGE.CONVERSATION_ID, MessageDelta::conversationId);
    }

    /// The greatest (rank of the source and of what it has, Meta's time, digest), and of one content under two names
    /// of its sender the more telling; see [MessageDelta], which has the same order.
    private static Condition stronger() {
        return DSL.excluded(MESSAGE.CONTENT_RANK)
                .isNotNull()
                .and(strength(false).lt(strength(true)));
    }

    private static Row6<Short, Instant, byte[], Integer, String, String> strength(boolean ofTheOneThatComes) {
        return DSL.row(
                DSL.coalesce(of(ofTheOneThatComes, MESSAGE.CONTENT_RANK), DSL.inline(NO_CONTENT)),
                RowMerge.orEver(of(ofTheOneThatComes, MESSAGE.OCCURRED_AT)),
                RowMerge.orEmpty(of(ofTheOneThatComes, MESSAGE.CONTENT_DIGEST)),
                Identity.telling(of(ofTheOneThatComes, MESSAGE.PEER_KIND)),
                RowMerge.textOrEmpty(of(ofTheOneThatComes, MESSAGE.PEER_VALUE)),
                RowMerge.textOrEmpty(of(ofTheOneThatComes, MESSAGE.FROM_WA_ID)));
    }

    private static <V> Field<V> of(boolean theOneThatComes, Field<V> column) {
        return theOneThatComes ? DSL.excluded(column) : column;
    }

    /// The edit's, if there was ever one; else the content's.
    private static <V> void standing(
            RowMerge merge, Field<V> column, Condition edited, Field<Instant> editedAt, Condition stronger) {
        merge.set(
                column,
                DSL.when(edited.or(editedAt.isNull().and(stronger)), DSL.excluded(column))
                        .else_(column));
    }

    private static Field<Integer> flag(Condition condition, int flag) {
        return DSL.when(condition, DSL.inline(flag)).else_(DSL.inline(0));
    }

    private static boolean any(Collection<MessageDelta> deltas, Predicate<MessageDelta> condition) {
        return deltas.stream().anyMatch(condition);
    }

    private static @Nullable Short rank(@Nullable ApplyItem<MessageTold> content) {
        return content == null ? null : (short) content.fact().contentRank();
    }

    private static <V> Function<MessageDelta, @Nullable V> item(Function<ApplyItem<MessageTold>, @Nullable V> part) {
        return d -> d.content() == null ? null : part.apply(d.content());
    }

    private static <V> Function<MessageDelta, @Nullable V> fact(Function<MessageTold, @Nullable V> part) {
        return item(i -> part.apply(i.fact()));
    }

    private static <V> Function<MessageDelta, @Nullable V> location(Function<Location, @Nullable V> part) {
        return fact(f -> f.location() == null ? null : part.apply(f.location()));
    }

    private static <V> Function<MessageDelta, @Nullable V> media(Function<Media, @Nullable V> part) {
        return d -> d.media() == null ? null : part.apply(d.media());
    }

    private static <V> Function<MessageDelta, @Nullable V> edit(
            Function<MessageDelta, MessageDelta.@Nullable Edit> which, Function<Precedence, @Nullable V> part) {
        return d -> {
            MessageDelta.Edit edit = which.apply(d);
            return edit == null ? null : part.apply(edit.precedence());
        };
    }

    private Messages() {}
}
