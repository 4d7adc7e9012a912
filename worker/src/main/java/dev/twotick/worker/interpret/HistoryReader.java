package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.MessageStatus;
import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.worker.interpret.Fact.MessageTold.Direction;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Reads field `history`: the chats that a business had before it came, thousands of messages in one body.
final class HistoryReader {

    private HistoryReader() {}

    /// A chunk: threads of messages; or why there are none. What it says of itself is kept without the messages.
    static boolean readChunk(Json.Obj chunk, String path, Place place) {
        if (!(chunk.get("threads") instanceof Json.Arr threads)) {
            return false;
        }
        List<Json> all = threads.items();
        for (int i = 0; i < all.size(); i++) {
            String at = path + ".threads[" + i + "]";
            if (all.get(i) instanceof Json.Obj thread) {
                readThread(thread, at, place);
            } else {
                place.facts().notice(place.origin(), at, all.get(i));
            }
        }
        place.facts().noticePart(place.origin(), path, chunk, chunk.without("threads"));
        return true;
    }

    /// What comes later, and has the media that a placeholder stood for.
    static boolean readMedia(Json.Obj item, String path, Place place) {
        Direction direction = direction(item, place, null);
        Person peer = direction == Direction.OUTBOUND ? place.recipient(item) : place.sender(item);
        return new MessageReader(Source.HISTORY_MEDIA, direction, peer, statusOf(item, direction))
                .read(item, path, place);
    }

    private static void readThread(Json.Obj thread, String path, Place place) {
        List<Json> messages = thread.array("messages");
        ContactsOfValue people =
                place.people().at(ContactsOfValue.greatestTime(messages)); // names are as old as the last message
        Place within = new Place(place.origin(), people, false, place.facts());
        Person peer = peerOf(thread, people);
        for (int i = 0; i < messages.size(); i++) {
            String at = path + ".messages[" + i + "]";
            Json item = messages.get(i);
            if (!(item instanceof Json.Obj message) || !readMessage(message, at, within, peer)) {
                place.facts().notice(place.origin(), at, item);
            }
        }
        place.facts().noticeOthers(thread, path, place.origin(), (name, value) -> switch (name) {
            case "id" -> value instanceof Json.Str || value instanceof Json.Num;
            case "context" -> value instanceof Json.Obj;
            case "messages" -> value instanceof Json.Arr;
            default -> false;
        });
    }

    private static boolean readMessage(Json.Obj item, String path, Place place, @Nullable Person thread) {
        Direction direction = direction(item, place, thread);
        Person peer = thread;
        if (direction == Direction.OUTBOUND) {
            peer = thread == null ? place.recipient(item) : thread;
        } else {
            Person sender = place.sender(item);
            peer = thread == null ? sender : sender == null ? thread : thread.with(sender);
        }
        return new MessageReader(Source.HISTORY, direction, peer, statusOf(item, direction)).read(item, path, place);
    }

    /// With whom the business chatted, or null.
    private static @Nullable Person peerOf(Json.Obj thread, ContactsOfValue people) {
        Json.Obj context = thread.object("context");
        Identities ids =
                context == null ? Identities.NONE : Identities.of(context, "wa_id", "user_id", "parent_user_id");
        String id = thread.id("id");
        if (id != null && (!UserIdentifier.digitsOf(id).isEmpty() || UserIdentifier.isBusinessScoped(id))) {
            ids = ids.or(Identities.of(thread, "id", "", ""));
        }
        return ids.isEmpty() ? null : people.find(ids, context == null ? null : context.text("username"));
    }

    /// Null where the item does not say.
    private static @Nullable Direction direction(Json.Obj item, Place place, @Nullable Person thread) {
        Identities from = Identities.of(item, "from", "from_user_id", "from_parent_user_id");
        if (place.isOwn(item.id("from"))) {
            return Direction.OUTBOUND;
        }
        if (thread != null && from.isSamePerson(thread.ids())) {
            return Direction.INBOUND;
        }
        if (item.get("to") != null || item.get("to_user_id") != null) {
            return Direction.OUTBOUND;
        }
        boolean numberIsKnown = place.origin().account().displayPhoneNumber() != null;
        return from.isEmpty() || (thread != null && !numberIsKnown) ? null : Direction.INBOUND;
    }

    /// How far a message of the business had come; what people sent has no status.
    private static @Nullable MessageStatus statusOf(Json.Obj item, @Nullable Direction direction) {
        Json.Obj context = item.object("history_context");
        String word = context == null ? null : context.word("status");
        return word == null || direction == Direction.INBOUND
                ? null
                : MessageStatus.ofHistory(word.toLowerCase(Locale.ROOT)).orElse(null);
    }
}
