package dev.twotick.worker.messages;

import static dev.twotick.db.schema.Tables.FLOW_RESPONSE;
import static dev.twotick.db.schema.Tables.MESSAGE;
import static dev.twotick.db.schema.Tables.MESSAGE_STATUS;

import dev.twotick.db.Unnest;
import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.model.whatsapp.Wamid;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.MessageKey;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.FlowCompleted;
import dev.twotick.worker.interpret.Fact.Location;
import dev.twotick.worker.interpret.Fact.Media;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.MessageTold.Kind;
import dev.twotick.worker.interpret.Fact.StatusReported;
import dev.twotick.worker.interpret.Person;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntBiFunction;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSON;
import org.jspecify.annotations.Nullable;

/// Columns that are null in rows that are there, from the very statements which those rows stand for: what a migration
/// that adds a column leaves to be filled. A column of these tables that is read from a payload stands here, too.
///
/// A row's digest says whose values it has. So a row that a stronger content, a later edit or an earlier status has
/// taken meanwhile is left alone, and no row comes, goes, or changes a value that it has.
public final class MessageRefill {

    /// Each in a transaction of its own: then it locks messages in the order of their keys.
    public static final List<Step<?>> STEPS = List.of(
            new Step<>(MessageTold.class, _ -> true, MessageRefill::contents),
            new Step<>(MessageTold.class, MessageRefill::isEdit, MessageRefill::edits),
            new Step<>(StatusReported.class, _ -> true, MessageRefill::statuses),
            new Step<>(FlowCompleted.class, _ -> true, MessageRefill::flowResponses));

    /// One kind of statement.
    ///
    /// @param filling how many rows lacked something that they have now
    public record Step<F extends Fact>(
            Class<F> kind, Predicate<F> which, ToIntBiFunction<DSLContext, List<ApplyItem<F>>> filling) {

        public boolean concerns(Fact fact) {
            return kind.isInstance(fact) && which.test(kind.cast(fact));
        }

        /// @param items that concern it
        /// @return how many rows lacked something that they have now
        public int fill(DSLContext tx, Collection<ApplyItem<?>> items) {
            return filling.applyAsInt(tx, ApplyItem.only(kind, items));
        }
    }

    private static boolean isEdit(MessageTold told) {
        return told.kind() == Kind.EDIT && told.target() != null;
    }

    private static int contents(DSLContext tx, List<ApplyItem<MessageTold>> items) {
        Unnest<ApplyItem<MessageTold>> n = Unnest.of(items)
                .with(MESSAGE.KEY, item -> key(item, item.fact().wamid()))
                .with(MESSAGE.CONTENT_RANK, item -> (short) item.fact().contentRank())
                .with(MESSAGE.OCCURRED_AT, item -> item.item().occurredAt())
                .with(MESSAGE.CONTENT_DIGEST, item -> item.item().digest())
                .with(MESSAGE.PEER_KIND, item -> MessageDelta.strongest(item.fact(), UserIdentifier::kind))
                .with(MESSAGE.PEER_VALUE, item -> MessageDelta.strongest(item.fact(), UserIdentifier::value))
                .with(MESSAGE.FROM_WA_ID, item -> MessageDelta.from(item.fact(), Person::waId))
                .with(MESSAGE.TYPE, item -> item.fact().type())
                .with(MESSAGE.LATITUDE, location(Location::latitude))
                .with(MESSAGE.LONGITUDE, location(Location::longitude))
                .with(MESSAGE.LOCATION_NAME, location(Location::name))
                .with(MESSAGE.LOCATION_ADDRESS, location(Location::address))
                .with(MESSAGE.REPLY_TO_WAMID, item -> item.fact().replyTo())
                .with(MESSAGE.FORWARDED, item -> item.fact().forwarded())
                .with(MESSAGE.REFERRAL, item -> JSON.jsonOrNull(item.fact().referral()))
                .with(MESSAGE.RAW, item -> JSON.json(item.item().raw()));
        textAndMedia(n);
        Condition same = MESSAGE.KEY
                .eq(n.get(MESSAGE.KEY))
                .and(MESSAGE.CONTENT_RANK.eq(n.get(MESSAGE.CONTENT_RANK)))
                .and(MESSAGE.CONTENT_DIGEST.eq(n.get(MESSAGE.CONTENT_DIGEST)))
                .and(same(n, MESSAGE.OCCURRED_AT))
                .and(same(n, MESSAGE.PEER_KIND)) // of one content under two names the more telling stands
                .and(same(n, MESSAGE.PEER_VALUE))
                .and(same(n, MESSAGE.FROM_WA_ID));
        Lacking lacking = new Lacking(n)
                .columns(MESSAGE.TYPE, MESSAGE.LATITUDE, MESSAGE.LONGITUDE, MESSAGE.LOCATION_NAME)
                .columns(MESSAGE.LOCATION_ADDRESS, MESSAGE.REPLY_TO_WAMID, MESSAGE.FORWARDED, MESSAGE.REFERRAL)
                .columns(MESSAGE.RAW);
        // an edit that came has taken these
        text(lacking, MESSAGE.EDITED_AT.isNull());
        media(lacking, MESSAGE.MEDIA_EDITED_AT.isNull());
        return lacking.fill(tx, MESSAGE, MESSAGE.ID, same);
    }

    private static int edits(DSLContext tx, List<ApplyItem<MessageTold>> items) {
        Unnest<ApplyItem<MessageTold>> n = Unnest.of(items)
                .with(MESSAGE.KEY, MessageRefill::target)
                .with(
                        MESSAGE.EDITED_AT,
                        item -> MessageDelta.Edit.of(item).precedence().at())
                .with(MESSAGE.EDIT_DIGEST, item -> item.item().digest());
        textAndMedia(n);
        Condition text =
                MESSAGE.EDITED_AT.eq(n.get(MESSAGE.EDITED_AT)).and(MESSAGE.EDIT_DIGEST.eq(n.get(MESSAGE.EDIT_DIGEST)));
        Condition media = MESSAGE.MEDIA_EDITED_AT
                .eq(n.get(MESSAGE.EDITED_AT))
                .and(MESSAGE.MEDIA_EDIT_DIGEST.eq(n.get(MESSAGE.EDIT_DIGEST)));
        Lacking lacking = new Lacking(n);
        text(lacking, text);
        media(lacking, media);
        return lacking.fill(tx, MESSAGE, MESSAGE.ID, MESSAGE.KEY.eq(n.get(MESSAGE.KEY)));
    }

    private static void textAndMedia(Unnest<ApplyItem<MessageTold>> n) {
        n.with(MESSAGE.BODY, item -> item.fact().body())
                .with(MESSAGE.MEDIA_ID, media(Media::id))
                .with(MESSAGE.MEDIA_MIME_TYPE, media(Media::mimeType))
                .with(MESSAGE.MEDIA_SHA256, media(Media::sha256))
                .with(MESSAGE.MEDIA_FILENAME, media(Media::filename))
                .with(MESSAGE.MEDIA_URL, media(Media::url))
                .with(MESSAGE.MEDIA_EXPIRES_AT, media(Media::expiresAt))
                .with(MESSAGE.VOICE, media(Media::voice));
    }

    private static void text(Lacking lacking, Condition whose) {
        lacking.columns(whose, MESSAGE.BODY);
    }

    private static void media(Lacking lacking, Condition whose) {
        lacking.columns(whose, MESSAGE.MEDIA_ID, MESSAGE.MEDIA_MIME_TYPE, MESSAGE.MEDIA_SHA256, MESSAGE.MEDIA_FILENAME)
                .columns(whose, MESSAGE.MEDIA_URL, MESSAGE.MEDIA_EXPIRES_AT, MESSAGE.VOICE);
    }

    private static int statuses(DSLContext tx, List<ApplyItem<StatusReported>> items) {
        Unnest<ApplyItem<StatusReported>> n = Unnest.of(items)
                .with(MESSAGE.KEY, item -> key(item, item.fact().wamid()))
                .with(MESSAGE_STATUS.STATUS, item -> item.fact().status())
                .with(MESSAGE_STATUS.PARTICIPANT, item -> item.fact().participant())
                .with(MESSAGE_STATUS.OCCURRED_AT, item -> item.item().occurredAt())
                .with(MESSAGE_STATUS.DIGEST, item -> item.item().digest())
                .with(MESSAGE_STATUS.RECIPIENT_ID, item -> MessageStatuses.recipient(item.fact()))
                .with(
                        MESSAGE_STATUS.PRICING,
                        item -> JSON.jsonOrNull(item.fact().pricing()))
                .with(
                        MESSAGE_STATUS.CONVERSATION,
                        item -> JSON.jsonOrNull(item.fact().conversation()))
                .with(MESSAGE_STATUS.ERRORS, item -> JSON.jsonOrNull(item.fact().errors()))
                .with(MESSAGE_STATUS.CALLBACK_DATA, item -> item.fact().callbackData());
        Condition same = MESSAGE.KEY
                .eq(n.get(MESSAGE.KEY))
                .and(MESSAGE_STATUS.MESSAGE_ID.eq(MESSAGE.ID))
                .and(MESSAGE_STATUS.STATUS.eq(n.get(MESSAGE_STATUS.STATUS)))
                .and(MESSAGE_STATUS.PARTICIPANT.eq(n.get(MESSAGE_STATUS.PARTICIPANT)))
                .and(MESSAGE_STATUS.DIGEST.eq(n.get(MESSAGE_STATUS.DIGEST)))
                .and(same(n, MESSAGE_STATUS.OCCURRED_AT));
        return new Lacking(n)
                .columns(MESSAGE_STATUS.RECIPIENT_ID, MESSAGE_STATUS.PRICING, MESSAGE_STATUS.CONVERSATION)
                .columns(MESSAGE_STATUS.ERRORS, MESSAGE_STATUS.CALLBACK_DATA)
                .fill(tx, MESSAGE_STATUS, MESSAGE_STATUS.MESSAGE_ID, same);
    }

    private static int flowResponses(DSLContext tx, List<ApplyItem<FlowCompleted>> items) {
        Unnest<ApplyItem<FlowCompleted>> n = Unnest.of(items)
                .with(MESSAGE.KEY, item -> key(item, item.fact().wamid()))
                .with(FLOW_RESPONSE.NAME, item -> item.fact().name())
                .with(FLOW_RESPONSE.FLOW_TOKEN, item -> item.fact().flowToken())
                .with(
                        FLOW_RESPONSE.RESPONSE,
                        item -> JSON.jsonOrNull(item.fact().response()))
                .with(FLOW_RESPONSE.COMPLETED_AT, item -> item.item().occurredAt())
                .with(FLOW_RESPONSE.DIGEST, item -> item.item().digest());
        Condition same = MESSAGE.KEY
                .eq(n.get(MESSAGE.KEY))
                .and(FLOW_RESPONSE.MESSAGE_ID.eq(MESSAGE.ID))
                .and(FLOW_RESPONSE.DIGEST.eq(n.get(FLOW_RESPONSE.DIGEST)))
                .and(same(n, FLOW_RESPONSE.COMPLETED_AT));
        return new Lacking(n)
                .columns(FLOW_RESPONSE.NAME, FLOW_RESPONSE.FLOW_TOKEN, FLOW_RESPONSE.RESPONSE)
                .fill(tx, FLOW_RESPONSE, FLOW_RESPONSE.MESSAGE_ID, same);
    }

    private static Condition same(Unnest<?> n, Field<?> column) {
        return sameTyped(n, column);
    }

    private static <V> Condition sameTyped(Unnest<?> n, Field<V> column) {
        return column.isNotDistinctFrom(n.get(column));
    }

    private static UUID key(ApplyItem<?> item, Wamid wamid) {
        return MessageKey.of(item.item().account().phoneNumberId(), wamid);
    }

    private static @Nullable UUID target(ApplyItem<MessageTold> item) {
        return item.fact().target() == null
                ? null
                : key(item, item.fact().target().wamid());
    }

    private static <V> Function<ApplyItem<MessageTold>, @Nullable V> location(Function<Location, @Nullable V> part) {
        return item ->
                item.fact().location() == null ? null : part.apply(item.fact().location());
    }

    private static <V> Function<ApplyItem<MessageTold>, @Nullable V> media(Function<Media, @Nullable V> part) {
        return item ->
                item.fact().media() == null ? null : part.apply(item.fact().media());
    }

    private MessageRefill() {}
}
