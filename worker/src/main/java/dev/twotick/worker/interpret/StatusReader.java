package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.model.whatsapp.Wamid;
import java.util.Locale;

/// Reads an item of `statuses[]`, of a message or of a call.
final class StatusReader {

    /// Status words are keys; Meta's longest has nine characters.
    private static final int MAX_STATUS_LENGTH = 64;

    private StatusReader() {}

    /// False when the item has no id or no status that could be a key.
    static boolean read(Json.Obj item, String path, Place place) {
        if ("call".equals(item.text("type"))) {
            return CallReader.readStatus(item, path, place);
        }
        String id = item.id("id");
        String word = item.get("status") instanceof Json.Str ? item.id("status") : null;
        if (id == null || word == null || word.length() > MAX_STATUS_LENGTH) {
            return false;
        }
        Wamid wamid = new Wamid(id);
        String status = word.strip().toLowerCase(Locale.ROOT);
        String participant = participant(item);
        boolean toGroup = Place.isToGroup(item) || !participant.isEmpty();
        Identities recipient =
                Identities.of(item, toGroup ? "" : "recipient_id", "recipient_user_id", "recipient_parent_user_id");
        Origin origin = place.origin();
        String key = FactKey.status(origin.account().phoneNumberId(), wamid, status, participant);
        place.facts()
                .add(new Fact.StatusReported(
                        origin.item(key, item, path, MetaTime.of(item.get("timestamp"))),
                        wamid,
                        status,
                        toGroup ? item.id("recipient_id") : null, // the group's
                        participant,
                        recipient.waId(),
                        recipient.userId(),
                        ErrorCode.firstOf(item),
                        item.json("pricing"),
                        item.json("conversation"),
                        item.json("errors"),
                        item.text("biz_opaque_callback_data")));
        return true;
    }

    /// Of a group, whom the status is about. Meta's pages spell the number in two ways.
    private static String participant(Json.Obj item) {
        for (String name : new String[] {"recipient_participant_id", "participant_recipient_id"}) {
            String id = item.id(name);
            if (id != null) {
                return UserIdentifier.parse(id).map(UserIdentifier::value).orElse(id);
            }
        }
        String userId = item.id("recipient_participant_user_id");
        return userId == null ? "" : userId;
    }
}
