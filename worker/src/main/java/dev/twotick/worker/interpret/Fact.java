package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.MessageStatus;
import dev.twotick.model.whatsapp.Wamid;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What one item of a payload says. A fact is applied once, whoever repeats it; its key says when two are the same.
///
/// All text in a fact is fit for PostgreSQL: U+0000 and lone surrogates are U+FFFD already.
public sealed interface Fact {

    Item item();

    /// An item with a usable message id, whichever field it came in.
    ///
    /// @param source        who tells of it
    /// @param kind          what it does, which decides the event that it raises
    /// @param placeholder   it only stands for what Meta does not give, such as the type `unsupported`; of an edit,
    ///                      it changes nothing. Whatever says more beats it
    /// @param direction     which way it went, as this source knows; null where it does not say
    /// @param type          Meta's word, or null where the item has none
    /// @param body          what a person would read: text, caption, button title, location name …, or null
    /// @param replyTo       `context.id`
    /// @param forwarded     `context.forwarded` or `frequently_forwarded`; null without a context that says so
    /// @param referral      the ad that it answers, JSON text as Meta sent it
    /// @param groupId       the group that it was written in: then the conversation is the group's
    /// @param peer          who sent it inbound, whom it is for outbound; unless in a group, the other side
    /// @param target        the message that a reaction, edit or revoke is about
    /// @param change        of a system message, whose ids became which
    /// @param historyStatus of history, how far the business's message had come then
    record MessageTold(
            Item item,
            Source source,
            Wamid wamid,
            Kind kind,
            boolean placeholder,
            @Nullable Direction direction,
            @Nullable String type,
            @Nullable String body,
            @Nullable Media media,
            @Nullable Location location,
            @Nullable String replyTo,
            @Nullable Boolean forwarded,
            @Nullable String referral,
            @Nullable String groupId,
            @Nullable Integer errorCode,
            @Nullable Person peer,
            @Nullable Target target,
            @Nullable IdentityChange change,
            @Nullable MessageStatus historyStatus)
            implements Fact {

        /// As `message.content_rank` has it: any content is more than any placeholder.
        public int contentRank() {
            return placeholder ? source.contentRank - 1 - Source.LIVE.contentRank : source.contentRank;
        }

        /// What it tells, as if another source had told it.
        public MessageTold toldBy(Source other) {
            String key = FactKey.message(other, item.account().phoneNumberId(), wamid, placeholder);
            Direction way = switch (other) {
                case LIVE -> Direction.INBOUND;
                case ECHO, REGISTERED -> Direction.OUTBOUND;
                case STANDBY, HISTORY_MEDIA, HISTORY -> direction;
            };
            return new MessageTold(
                    new Item(item.path(), key, item.digest(), item.account(), item.occurredAt(), item.raw()),
                    other,
                    wamid,
                    kind,
                    placeholder,
                    way,
                    type,
                    body,
                    media,
                    location,
                    replyTo,
                    forwarded,
                    referral,
                    groupId,
                    errorCode,
                    peer,
                    target,
                    change,
                    historyStatus);
        }

        /// Content counts as unread and as the conversation's last message; the others speak about another message or
        /// an account.
        public enum Kind {
            CONTENT,
            REACTION,
            EDIT,
            REVOKE,
            SYSTEM;

            /// As `message.kind` has it.
            public String word() {
                return name().toLowerCase(java.util.Locale.ROOT);
            }
        }

        /// Where the item stood. Of two sources that tell of one message the one with the greater rank has its content.
        public enum Source {
            /// `messages[]` of field messages: the only one that raises `message.received` and counts as unread
            LIVE(5),
            /// `message_echoes[]` of smb_message_echoes and message_echoes: what the business sent from its phone
            ECHO(4),
            /// whatever stands under `standby`: another app, or Meta's agent, has the conversation
            STANDBY(3),
            /// top-level messages of field history, which have what a placeholder left out
            HISTORY_MEDIA(2),
            /// messages inside a thread of field history
            HISTORY(1),
            /// no payload: a program of the operator's says that it has sent it, and what Meta says of it counts
            /// more
            REGISTERED(0);

            private final int contentRank;

            Source(int contentRank) {
                this.contentRank = contentRank;
            }
        }

        public enum Direction {
            INBOUND,
            OUTBOUND;

            /// As `message.direction` has it.
            public String word() {
                return name().toLowerCase(java.util.Locale.ROOT);
            }
        }
    }

    /// An item of `statuses[]` with a usable id and status: how far a message has come.
    ///
    /// @param status      Meta's word, in lower case; unknown ones too
    /// @param groupId     the group that the message was sent to; null for one to a person
    /// @param participant of a group, the person whom the status is about, otherwise empty
    /// @param pricing, conversation, errors JSON text as Meta sent it
    record StatusReported(
            Item item,
            Wamid wamid,
            String status,
            @Nullable String groupId,
            String participant,
            @Nullable String recipientWaId,
            @Nullable String recipientUserId,
            @Nullable Integer errorCode,
            @Nullable String pricing,
            @Nullable String conversation,
            @Nullable String errors,
            @Nullable String callbackData)
            implements Fact {}

    /// A person sent back a filled-in flow: `interactive.nfm_reply`. The message that carries it is a fact of its own.
    ///
    /// @param response `response_json`, if it is JSON
    /// @param flowToken of the response
    record FlowCompleted(
            Item item,
            Wamid wamid,
            @Nullable String name,
            @Nullable String flowToken,
            @Nullable String response,
            @Nullable Person person)
            implements Fact {}

    /// Anything else: another field, a value-level error, an item without a usable id, a shape nobody announced.
    ///
    /// @param field  `change.field`, or `unknown`
    /// @param effect what it changes beside being kept, or null
    record Noticed(Item item, String field, @Nullable Effect effect) implements Fact {

        /// Whether neither an id nor a time of Meta's tells it from its like.
        public boolean isUndated() {
            return item.key().startsWith(FactKey.UNDATED);
        }

        /// The same, in a payload of that time: what is undated gets its week.
        public Noticed receivedAt(Instant at) {
            return isUndated() ? new Noticed(item.under(FactKey.undated(item.key(), at)), field, effect) : this;
        }
    }

    /// What a notice changes.
    sealed interface Effect {

        /// A group of columns that is null was not stated.
        ///
        /// @param templateId Meta's number, as text
        /// @param components JSON: what the template says now
        record TemplateChanged(
                String templateId,
                @Nullable String name,
                @Nullable String language,
                @Nullable String status,
                @Nullable String reason,
                @Nullable String quality,
                @Nullable String category,
                @Nullable String components)
                implements Effect {}

        /// @param category `marketing_messages`
        /// @param value    `stop`, `resume`
        record PreferenceStated(Person person, String category, String value) implements Effect {}

        /// Somebody signed up in the app. Such a fact may come from the very item that also states a preference.
        record SignedUp(Person person, String signupId) implements Effect {}

        /// @param callId    `wacid.…`
        /// @param event     connect, terminate …; null where a status is reported
        /// @param status    RINGING, ACCEPTED, COMPLETED …
        /// @param durationS seconds
        record CallReported(
                String callId,
                MessageTold.@Nullable Direction direction,
                @Nullable String event,
                @Nullable String status,
                @Nullable Person peer,
                @Nullable Instant startedAt,
                @Nullable Instant endedAt,
                @Nullable Integer durationS,
                @Nullable String callbackData)
                implements Effect {}

        /// The business's own address book.
        ///
        /// @param name null: taken out of it
        record NameSaved(Person person, @Nullable String name) implements Effect {}

        /// A status with a `type` of its own, such as `payment`: it says nothing of how far a message has come.
        ///
        /// @param id     what it is about: a message's wamid, or an id of its own
        /// @param type   Meta's word
        /// @param status Meta's word: captured, pending, failed …
        record OtherStatus(
                Wamid id,
                @Nullable String type,
                @Nullable String status,
                @Nullable String recipientWaId,
                @Nullable String recipientUserId,
                @Nullable String callbackData)
                implements Effect {}

        /// Field user_id_update.
        record IdentityChanged(IdentityChange change) implements Effect {}
    }

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
            String raw) {

        Item under(String otherKey) {
            return new Item(path, otherKey, digest, account, occurredAt, raw);
        }
    }

    /// @param id        the downloadable media's id
    /// @param voice     an audio that was spoken for this chat
    /// @param expiresAt 7 days after Meta's time of the message: so long Meta keeps a webhook's media
    record Media(
            @Nullable String id,
            @Nullable String mimeType,
            @Nullable String sha256,
            @Nullable String filename,
            @Nullable String url,
            @Nullable Boolean voice,
            @Nullable Instant expiresAt) {}

    record Location(
            @Nullable Double latitude,
            @Nullable Double longitude,
            @Nullable String name,
            @Nullable String address) {}

    /// What a reaction, an edit or a revoke is about.
    ///
    /// @param wamid in the same account
    /// @param emoji of a reaction; null or empty takes it back
    record Target(Wamid wamid, @Nullable String emoji) {}

    /// One person's ids became others.
    ///
    /// @param before, after what Meta named; the same person
    record IdentityChange(Person before, Person after) {}
}
