package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.MessageStatus;
import dev.twotick.model.whatsapp.Wamid;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.MessageTold.Direction;
import dev.twotick.worker.interpret.Fact.MessageTold.Kind;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Reads an item that has a message id, whoever tells of it; parts that cannot be read are null; `raw` has them.
///
/// @param source        who tells of it
/// @param direction     which way it went
/// @param peer          the conversation's other side
/// @param historyStatus how far it had come
record MessageReader(
        Source source,
        @Nullable Direction direction,
        @Nullable Person peer,
        @Nullable MessageStatus historyStatus) {

    /// Reads what people sent.
    static ItemReader inbound(Source source) {
        return (item, path, place) ->
                new MessageReader(source, Direction.INBOUND, place.sender(item), null).read(item, path, place);
    }

    /// Reads what the business sent.
    static ItemReader outbound(Source source) {
        return (item, path, place) -> new MessageReader(
                        source, Direction.OUTBOUND, place.recipient(MessageContent.said(item)), null)
                .read(item, path, place);
    }

    /// False when the item has no id that could be a key.
    boolean read(Json.Obj item, String path, Place place) {
        String id = item.id("id");
        if (id == null) {
            return false;
        }
        Wamid wamid = new Wamid(id);
        Origin origin = place.origin();
        Instant at = MetaTime.of(item.get("timestamp"));
        MessageContent content = MessageContent.of(MessageContent.said(item));
        Kind kind = kind(content.word());
        boolean placeholder = content.isPlaceholder();
        String key = FactKey.message(source, origin.account().phoneNumberId(), wamid, placeholder);
        MessageContext context = MessageContext.of(content.item());
        place.facts()
                .add(new MessageTold(
                        origin.item(key, item, path, at),
                        source,
                        wamid,
                        kind,
                        placeholder,
                        direction,
                        MessageContent.type(content.item()),
                        content.body(),
                        content.media(at),
                        content.location(),
                        context.replyTo(),
                        context.forwarded(),
                        item.json("referral"),
                        group(item),
                        ErrorCode.firstOf(item),
                        peer,
                        content.target(),
                        kind == Kind.SYSTEM && content.content() != null
                                ? IdentityChanges.ofSystem(item, content.content(), at)
                                : null,
                        historyStatus));
        if (source == Source.LIVE || source == Source.STANDBY) {
            FlowReader.read(item, wamid, peer, path, place);
        }
        return true;
    }

    /// What the business sends through the API says it inside.
    private static @Nullable String group(Json.Obj item) {
        String group = Place.groupOf(item);
        return group == null ? Place.groupOf(MessageContent.said(item)) : group;
    }

    private static Kind kind(String word) {
        return switch (word) {
            case "reaction" -> Kind.REACTION;
            case "edit" -> Kind.EDIT;
            case "revoke" -> Kind.REVOKE;
            case "system" -> Kind.SYSTEM;
            default -> Kind.CONTENT;
        };
    }
}
