package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.Wamid;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What one item of a payload says. A fact is applied once, whoever repeats it; its key says when two are the same.
///
/// All text in a fact is fit for PostgreSQL: U+0000 and lone surrogates are U+FFFD already.
public sealed interface Fact {

    Item item();

    /// An item of `messages[]` with a usable id.
    ///
    /// @param kind    what it does, which decides the event that it raises
    /// @param type    Meta's word, or null where the item has none
    /// @param body    what a person would read: text, caption, button title, location name …, or null
    /// @param replyTo `context.id`
    record MessageReceived(
            Item item,
            Wamid wamid,
            Kind kind,
            @Nullable String type,
            @Nullable String body,
            @Nullable Media media,
            @Nullable Location location,
            @Nullable String replyTo,
            @Nullable String groupId,
            @Nullable Integer errorCode,
            @Nullable Person sender)
            implements Fact {

        /// Content counts as unread and as the conversation's last message; the others speak about another message or
        /// an account.
        public enum Kind {
            CONTENT,
            REACTION,
            EDIT,
            REVOKE,
            SYSTEM
        }
    }

    /// An item of `statuses[]` with a usable id and status.
    ///
    /// @param status      Meta's word, in lower case; unknown ones too
    /// @param participant of a group, the person whom the status is about, otherwise empty
    /// @param pricing, conversation, errors JSON text as Meta sent it
    record StatusReported(
            Item item,
            Wamid wamid,
            String status,
            String participant,
            @Nullable String recipientWaId,
            @Nullable String recipientUserId,
            @Nullable Integer errorCode,
            @Nullable String pricing,
            @Nullable String conversation,
            @Nullable String errors,
            @Nullable String callbackData)
            implements Fact {}

    /// Anything else: a field without a table of its own, a value-level error, an item without a usable id, a shape
    /// nobody announced.
    ///
    /// @param field `change.field`, or `unknown`
    record Noticed(Item item, String field) implements Fact {}

    /// What every fact has.
    ///
    /// @param path       where it stands in the payload: `entry[0].changes[0].value.messages[3]`
    /// @param key        when two facts are the same, such as `in:<phone_number_id>:<wamid>`; personal, see [Wamid]
    /// @param digest     16 bytes of SHA-256 of the canonical item: tells contents of one key apart, breaks ties
    /// @param account    whose it is
    /// @param occurredAt Meta's time, or null where it gave none that can be believed
    /// @param raw        the item's JSON text as Meta sent it, made fit for PostgreSQL's json
    record Item(
            String path,
            String key,
            byte[] digest,
            AccountRef account,
            @Nullable Instant occurredAt,
            String raw) {}

    /// @param id the downloadable media's id; Meta keeps it for 7 days
    record Media(
            @Nullable String id,
            @Nullable String mimeType,
            @Nullable String sha256,
            @Nullable String filename,
            @Nullable String url) {}

    record Location(
            @Nullable Double latitude,
            @Nullable Double longitude,
            @Nullable String name,
            @Nullable String address) {}
}
