package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.Wamid;
import dev.twotick.worker.interpret.Fact.MessageTold.Kind;
import org.jspecify.annotations.Nullable;

/// Reads an item of `messages[]` that has an id; parts that cannot be read are null; `raw` has them.
final class MessageReader {

    private MessageReader() {}

    /// Null when the item has no id that could be a key.
    static Fact.@Nullable MessageTold read(Json.Obj item, String path, Origin origin, Senders senders) {
        String id = item.id("id");
        if (id == null) {
            return null;
        }
        Wamid wamid = new Wamid(id);
        MessageContent content = MessageContent.of(item);
        Json.Obj context = item.object("context");
        return new Fact.MessageTold(
                new Fact.Item(
                        path,
                        FactKey.message(origin.account().phoneNumberId(), wamid),
                        CanonicalJson.digest(CanonicalJson.of(item)),
                        origin.account(),
                        MetaTime.of(item.get("timestamp")),
                        PostgresText.json(item)),
                Fact.MessageTold.Source.LIVE,
                wamid,
                kind(content.word()),
                Fact.MessageTold.Direction.INBOUND,
                MessageContent.type(item),
                content.body(),
                content.media(),
                content.location(),
                context == null ? null : context.id("id"),
                null,
                null,
                item.id("group_id"),
                ErrorCode.firstOf(item),
                senders.senderOf(item),
                null,
                null,
                null);
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
