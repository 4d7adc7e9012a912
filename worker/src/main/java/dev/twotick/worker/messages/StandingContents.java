package dev.twotick.worker.messages;

import static dev.twotick.db.schema.Tables.MESSAGE;

import dev.twotick.worker.interpret.Fact.Item;
import dev.twotick.worker.interpret.Fact.Location;
import dev.twotick.worker.interpret.Fact.Media;
import dev.twotick.worker.interpret.Fact.MessageTold;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.jooq.DSLContext;
import org.jooq.JSON;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Contents that stand in table `message`, for an event that is owed after they were told.
final class StandingContents {

    /// @param row of `message`
    record Content(Record row) {

        /// As who told of the placeholder would have told it, had they known it.
        MessageTold inPlaceOf(MessageTold placeholder) {
            Item told = placeholder.item();
            Item item = new Item(
                    told.path(),
                    told.key(),
                    row.get(MESSAGE.CONTENT_DIGEST),
                    told.account(),
                    row.get(MESSAGE.OCCURRED_AT),
                    Objects.requireNonNull(row.get(MESSAGE.RAW)).data());
            return new MessageTold(
                    item,
                    placeholder.source(),
                    placeholder.wamid(),
                    MessageTold.Kind.CONTENT,
                    false,
                    placeholder.direction(),
                    row.get(MESSAGE.TYPE),
                    row.get(MESSAGE.BODY),
                    media(),
                    location(),
                    row.get(MESSAGE.REPLY_TO_WAMID),
                    row.get(MESSAGE.FORWARDED),
                    text(row.get(MESSAGE.REFERRAL)),
                    row.get(MESSAGE.GROUP_ID),
                    row.get(MESSAGE.CONTENT_ERROR),
                    placeholder.peer(),
                    null,
                    null,
                    null);
        }

        private Media media() {
            return new Media(
                    row.get(MESSAGE.MEDIA_ID),
                    row.get(MESSAGE.MEDIA_MIME_TYPE),
                    row.get(MESSAGE.MEDIA_SHA256),
                    row.get(MESSAGE.MEDIA_FILENAME),
                    row.get(MESSAGE.MEDIA_URL),
                    row.get(MESSAGE.VOICE),
                    row.get(MESSAGE.MEDIA_EXPIRES_AT));
        }

        private Location location() {
            return new Location(
                    row.get(MESSAGE.LATITUDE),
                    row.get(MESSAGE.LONGITUDE),
                    row.get(MESSAGE.LOCATION_NAME),
                    row.get(MESSAGE.LOCATION_ADDRESS));
        }

        private static @Nullable String text(@Nullable JSON json) {
            return json == null ? null : json.data();
        }
    }

    /// By `message.id`.
    static Map<Long, Content> of(DSLContext tx, Collection<Long> messages) {
        return tx.selectFrom(MESSAGE).where(MESSAGE.ID.in(messages)).fetchMap(MESSAGE.ID, Content::new);
    }

    private StandingContents() {}
}
