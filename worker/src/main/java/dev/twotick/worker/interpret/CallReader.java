package dev.twotick.worker.interpret;

import dev.twotick.worker.interpret.Fact.Effect.CallReported;
import dev.twotick.worker.interpret.Fact.MessageTold.Direction;
import org.jspecify.annotations.Nullable;

/// Reads what happened to a call: an item of `calls[]`, or one of `statuses[]` that is about a call.
final class CallReader {

    private CallReader() {}

    static boolean readCall(Json.Obj item, String path, Place place) {
        Identities from = Identities.of(item, "from", "from_user_id", "from_parent_user_id");
        Identities to = Identities.of(item, "to", "to_user_id", "to_parent_user_id");
        Direction direction = direction(item.text("direction"), from, to, place);
        boolean swapped = direction == Direction.OUTBOUND
                ? place.isOwn(to.waId()) && !place.isOwn(from.waId())
                : place.isOwn(from.waId()) && !place.isOwn(to.waId()); // Meta's pages name them in either order
        Identities called = (direction == Direction.OUTBOUND) == swapped ? from : to;
        return read(item, path, place, direction, called);
    }

    /// How a call of the business's own is getting on.
    static boolean readStatus(Json.Obj item, String path, Place place) {
        Identities recipient = Identities.of(item, "recipient_id", "recipient_user_id", "recipient_parent_user_id");
        return read(item, path, place, Direction.OUTBOUND, recipient);
    }

    private static boolean read(
            Json.Obj item, String path, Place place, @Nullable Direction direction, Identities peer) {
        String id = item.id("id");
        if (id == null) {
            return false;
        }
        String event = item.word("event");
        String status = item.word("status");
        String word = event != null ? event : status != null ? status : "";
        CallReported call = new CallReported(
                id,
                direction,
                event,
                status,
                place.people().named(peer, place.alone()),
                MetaTime.of(item.get("start_time")),
                MetaTime.of(item.get("end_time")),
                Identifiers.integer(item.id("duration")),
                item.text("biz_opaque_callback_data"));
        byte[] digest = CanonicalJson.digest(CanonicalJson.of(item));
        String key = FactKey.call(place.origin().account().phoneNumberId(), id, word, digest);
        place.notice(key, item, path, MetaTime.of(item.get("timestamp")), call);
        return true;
    }

    private static @Nullable Direction direction(@Nullable String word, Identities from, Identities to, Place place) {
        return switch (word) {
            case "USER_INITIATED" -> Direction.INBOUND;
            case "BUSINESS_INITIATED" -> Direction.OUTBOUND;
            case null, default ->
                place.isOwn(from.waId()) ? Direction.OUTBOUND : place.isOwn(to.waId()) ? Direction.INBOUND : null;
        };
    }
}
