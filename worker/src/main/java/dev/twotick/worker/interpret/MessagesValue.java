package dev.twotick.worker.interpret;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The value of a change of field `messages`: messages from people, statuses of ours, and what stands beside them.
///
/// @see <a
/// href="https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages">
/// Meta's reference</a>
record MessagesValue(Json.Obj value, String path, Origin origin, FactList facts) {

    void read() {
        readMessages(value.array("messages"));
        readStatuses(value.array("statuses"));
        facts.noticeOthers(value, path, origin, MessagesValue::isUnderstood);
    }

    private void readMessages(List<Json> items) {
        if (items.isEmpty()) {
            return;
        }
        Senders senders = Senders.of(value);
        for (int i = 0; i < items.size(); i++) {
            Json item = items.get(i);
            String at = path + ".messages[" + i + "]";
            addOrNotice(
                    item instanceof Json.Obj object ? MessageReader.read(object, at, origin, senders) : null, item, at);
        }
    }

    private void readStatuses(List<Json> items) {
        for (int i = 0; i < items.size(); i++) {
            Json item = items.get(i);
            String at = path + ".statuses[" + i + "]";
            addOrNotice(item instanceof Json.Obj object ? StatusReader.read(object, at, origin) : null, item, at);
        }
    }

    private void addOrNotice(@Nullable Fact fact, Json item, String at) {
        if (fact == null) {
            facts.notice(origin, at, item);
        } else {
            facts.add(fact);
        }
    }

    /// Envelope, or read already. Contacts are envelope: they name the senders of the messages beside them.
    private static boolean isUnderstood(String name, Json member) {
        return switch (name) {
            case "messaging_product" -> member instanceof Json.Str;
            case "metadata" -> member instanceof Json.Obj;
            case "messages", "statuses" -> member instanceof Json.Arr;
            case "contacts" ->
                member instanceof Json.Arr array && array.items().stream().allMatch(Json.Obj.class::isInstance);
            default -> false;
        };
    }
}
