package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.MESSAGE;

import dev.twotick.db.Unnest;
import dev.twotick.model.whatsapp.MessageStatus;
import dev.twotick.worker.interpret.Fact.Location;
import dev.twotick.worker.interpret.Fact.Media;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Person;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSON;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Table `message`: one row for each wamid of an account, whoever told of it first.
final class Messages {

    /// A message of the user's, ready for its row.
    record Live(
            UUID key,
            long accountId,
            ApplyItem<MessageTold> item,
            @Nullable Long conversationId) {

        private <V> @Nullable V sender(Function<Person, @Nullable V> part) {
            Person sender = item.fact().peer();
            return sender == null ? null : part.apply(sender);
        }

        private <V> @Nullable V media(Function<Media, @Nullable V> part) {
            Media media = item.fact().media();
            return media == null ? null : part.apply(media);
        }

        private <V> @Nullable V location(Function<Location, @Nullable V> part) {
            Location location = item.fact().location();
            return location == null ? null : part.apply(location);
        }
    }

    /// What all statuses of one batch say about one message.
    ///
    /// @param times Meta's first time of each ranked status
    record Progress(
            UUID key,
            long accountId,
            String wamid,
            MessageStatus status,
            Map<MessageStatus, Instant> times,
            @Nullable Integer errorCode,
            @Nullable String recipientWaId,
            @Nullable String recipientUserId) {}

    /// @param id     refers to `message.id`
    /// @param status the status that stands now
    record Row(UUID key, long id, String status) {}

    /// Writes messages of users'. A row may be there already, left by a status that came first: then it becomes
    /// inbound here, and counts as new, because nothing live had told of it.
    ///
    /// @return the keys of which this transaction was the first to tell
    static Set<UUID> receive(DSLContext tx, Collection<Live> messages) {
        Unnest<Live> n = content(messages)
                .with(MESSAGE.WAMID, m -> m.item().fact().wamid().value())
                .with(MESSAGE.ACCOUNT_ID, Live::accountId)
                .with(MESSAGE.LIVE_AT, m -> m.item().payload().receivedAt())
                .with(MESSAGE.DIRECTION, m -> "inbound");
        Set<UUID> first = new HashSet<>(tx.insertInto(MESSAGE, n.columns())
                .select(n.select(MESSAGE.KEY))
                .onConflict(MESSAGE.KEY)
                .doUpdate()
                .set(excluded(n.columns()))
                .where(MESSAGE.LIVE_AT.isNull())
                .returningResult(MESSAGE.KEY)
                .fetch(MESSAGE.KEY));
        List<Live> known =
                messages.stream().filter(m -> !first.contains(m.key())).toList();
        if (!known.isEmpty()) {
            replaceWeakerContent(tx, known);
        }
        return first;
    }

    /// Meta repeated a wamid with another content: the one with the greatest (Meta's time, digest) is the message's,
    /// wholly.
    private static void replaceWeakerContent(DSLContext tx, List<Live> messages) {
        Unnest<Live> n = content(messages);
        Map<Field<?>, Field<?>> contents = new HashMap<>();
        n.columns().stream().filter(c -> !c.equals(MESSAGE.KEY)).forEach(c -> contents.put(c, n.get(c)));
        tx.update(MESSAGE)
                .set(contents)
                .from(n.table())
                .where(MESSAGE.KEY.eq(n.get(MESSAGE.KEY)))
                .and(DSL.row(orEver(MESSAGE.OCCURRED_AT), MESSAGE.CONTENT_DIGEST)
                        .lt(orEver(n.get(MESSAGE.OCCURRED_AT)), n.get(MESSAGE.CONTENT_DIGEST)))
                .execute();
    }

    /// Moves messages forward by their statuses; a message not there yet becomes a stub. Rank and times are
    /// commutative, so no order of arrival matters.
    static Map<UUID, Row> progress(DSLContext tx, Collection<Progress> progress) {
        Unnest<Progress> n = Unnest.of(progress)
                .with(MESSAGE.KEY, Progress::key)
                .with(MESSAGE.ACCOUNT_ID, Progress::accountId)
                .with(MESSAGE.WAMID, Progress::wamid)
                .with(MESSAGE.DIRECTION, p -> "outbound")
                .with(MESSAGE.STATUS, p -> p.status().word())
                .with(MESSAGE.STATUS_RANK, p -> p.status().rank())
                .with(MESSAGE.SENT_AT, p -> p.times().get(MessageStatus.SENT))
                .with(MESSAGE.DELIVERED_AT, p -> p.times().get(MessageStatus.DELIVERED))
                .with(MESSAGE.READ_AT, p -> p.times().get(MessageStatus.READ))
                .with(MESSAGE.PLAYED_AT, p -> p.times().get(MessageStatus.PLAYED))
                .with(MESSAGE.FAILED_AT, p -> p.times().get(MessageStatus.FAILED))
                .with(MESSAGE.ERROR_CODE, Progress::errorCode)
                .with(MESSAGE.RECIPIENT_WA_ID, Progress::recipientWaId)
                .with(MESSAGE.RECIPIENT_USER_ID, Progress::recipientUserId);
        Map<Field<?>, Field<?>> moved = new HashMap<>();
        moved.put(
                MESSAGE.STATUS,
                DSL.when(DSL.excluded(MESSAGE.STATUS_RANK).gt(MESSAGE.STATUS_RANK), DSL.excluded(MESSAGE.STATUS))
                        .else_(MESSAGE.STATUS));
        moved.put(MESSAGE.DIRECTION, DSL.coalesce(MESSAGE.DIRECTION, DSL.excluded(MESSAGE.DIRECTION)));
        for (TableField<?, Instant> time :
                List.of(MESSAGE.SENT_AT, MESSAGE.DELIVERED_AT, MESSAGE.READ_AT, MESSAGE.PLAYED_AT, MESSAGE.FAILED_AT)) {
            moved.put(time, DSL.least(time, DSL.excluded(time)));
        }
        greatest(moved, MESSAGE.STATUS_RANK);
        greatest(moved, MESSAGE.ERROR_CODE);
        for (TableField<?, String> id : List.of(MESSAGE.RECIPIENT_WA_ID, MESSAGE.RECIPIENT_USER_ID)) {
            moved.put(id, DSL.greatest(id.collate("C"), DSL.excluded(id).collate("C")));
        }
        return tx.insertInto(MESSAGE, n.columns())
                .select(n.select(MESSAGE.KEY))
                .onConflict(MESSAGE.KEY)
                .doUpdate()
                .set(moved)
                .returningResult(MESSAGE.KEY, MESSAGE.ID, MESSAGE.STATUS)
                .fetchMap(MESSAGE.KEY, r -> new Row(r.value1(), r.value2(), r.value3()));
    }

    private static Unnest<Live> content(Collection<Live> messages) {
        return Unnest.of(messages)
                .with(MESSAGE.KEY, Live::key)
                .with(MESSAGE.TYPE, m -> m.item().fact().type())
                .with(MESSAGE.BODY, m -> m.item().fact().body())
                .with(MESSAGE.OCCURRED_AT, m -> m.item().item().occurredAt())
                .with(MESSAGE.CONTENT_DIGEST, m -> m.item().item().digest())
                .with(MESSAGE.MEDIA_ID, m -> m.media(Media::id))
                .with(MESSAGE.MEDIA_MIME_TYPE, m -> m.media(Media::mimeType))
                .with(MESSAGE.MEDIA_SHA256, m -> m.media(Media::sha256))
                .with(MESSAGE.MEDIA_FILENAME, m -> m.media(Media::filename))
                .with(MESSAGE.MEDIA_URL, m -> m.media(Media::url))
                .with(MESSAGE.LATITUDE, m -> m.location(Location::latitude))
                .with(MESSAGE.LONGITUDE, m -> m.location(Location::longitude))
                .with(MESSAGE.LOCATION_NAME, m -> m.location(Location::name))
                .with(MESSAGE.LOCATION_ADDRESS, m -> m.location(Location::address))
                .with(MESSAGE.REPLY_TO_WAMID, m -> m.item().fact().replyTo())
                .with(MESSAGE.GROUP_ID, m -> m.item().fact().groupId())
                .with(MESSAGE.ERROR_CODE, m -> m.item().fact().errorCode())
                .with(MESSAGE.FROM_WA_ID, m -> m.sender(Person::waId))
                .with(MESSAGE.FROM_USER_ID, m -> m.sender(Person::userId))
                .with(MESSAGE.CONVERSATION_ID, Live::conversationId)
                .with(MESSAGE.KIND, m -> m.item().fact().kind().word())
                .with(MESSAGE.PEER_KIND, m -> m.sender(x -> Mention.Key.of(1, x).anchor().kind()))
                .with(MESSAGE.PEER_VALUE, m -> m.sender(x -> Mention.Key.of(1, x).anchor().value()))
                .with(MESSAGE.RAW, m -> JSON.json(m.item().item().raw()))
                .with(MESSAGE.PAYLOAD_ID, m -> m.item().payload().id());
    }

    private static Map<Field<?>, Field<?>> excluded(List<Field<?>> columns) {
        Map<Field<?>, Field<?>> values = new HashMap<>();
        columns.stream().filter(c -> !c.equals(MESSAGE.KEY)).forEach(c -> values.put(c, DSL.excluded(c)));
        greatest(values, MESSAGE.ERROR_CODE); // a status may have told of one before
        return values;
    }

    private static <V> void greatest(Map<Field<?>, Field<?>> moved, Field<V> column) {
        moved.put(column, DSL.greatest(column, DSL.excluded(column)));
    }

    private static Field<Instant> orEver(Field<Instant> at) {
        return DSL.coalesce(at, DSL.field("'-infinity'::timestamptz", Instant.class));
    }

    /// Of two contents for one wamid, the one that stands.
    static ApplyItem<MessageTold> stronger(ApplyItem<MessageTold> one, ApplyItem<MessageTold> other) {
        int byTime = orMin(one).compareTo(orMin(other));
        int order = byTime != 0
                ? byTime
                : Arrays.compareUnsigned(one.item().digest(), other.item().digest());
        return order >= 0 ? one : other;
    }

    private static Instant orMin(ApplyItem<?> item) {
        Instant at = item.item().occurredAt();
        return at == null ? Instant.MIN : at;
    }

    private Messages() {}
}
