package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.model.whatsapp.Wamid;
import java.util.Locale;

/// Reads an item of `statuses[]`. Its `type` says what it is about: a message's delivery, for which Meta has no type or
/// once had `message`; a call; or something else, such as a payment.
final class StatusReader {

    /// Status words are keys; Meta's longest has nine characters.
    private static final int MAX_STATUS_LENGTH = 64;

    private StatusReader() {}

    /// False when the item has no id or no status that could be a key.
    static boolean read(Json.Obj item, String path, Place place) {
        return switch (item.get("type")) {
            case null -> readDelivery(item, path, place);
            case Json.Str type
            when type.value().isEmpty() || type.value().equals("message") -> readDelivery(item, path, place);
            case Json.Str type when type.value().equals("call") -> CallReader.readStatus(item, path, place);
            default -> readOther(item, path, place);
        };
    }

    private static boolean readDelivery(Json.Obj item, String path, Place place) {
        String id = item.id("id");
        String word = item.get("status") instanceof Json.Str ? item.id("status") : null;
        if (id == null || word == null || word.length() > MAX_STATUS_LENGTH) {
            return false;
        }
        Wamid wamid = new Wamid(id);
        String status = word.strip().toLowerCase(Locale.ROOT);
        String participant = participant(item);
        boolean toGroup = Place.isToGroup(item) || !participant.isEmpty();
        Identities recipient = recipient(item, toGroup);
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

    /// Each that says something else is a fact of its own: a payment's transactions and refunds come under one id.
    private static boolean readOther(Json.Obj item, String path, Place place) {
        String id = item.id("id");
        if (id == null) {
            return false;
        }
        Wamid about = new Wamid(id);
        Identities recipient =
                recipient(item, Place.isToGroup(item) || !participant(item).isEmpty());
        String key = FactKey.otherStatus(place.origin().account().phoneNumberId(), about, CanonicalJson.of(item));
        Fact.Effect effect = new Fact.Effect.OtherStatus(
                about,
                item.word("type"),
                item.word("status"),
                recipient.waId(),
                recipient.userId(),
                item.text("biz_opaque_callback_data"));
        place.notice(key, item, path, place.timeOf(item), effect);
        return true;
    }

    /// Of a group, `recipient_id` is the group's.
    private static Identities recipient(Json.Obj item, boolean toGroup) {
        return Identities.of(item, toGroup ? "" : "recipient_id", "recipient_user_id", "recipient_parent_user_id");
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
