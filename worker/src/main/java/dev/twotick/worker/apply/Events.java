package dev.twotick.worker.apply;

import dev.twotick.model.whatsapp.MessageStatus;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.Noticed;
import dev.twotick.worker.interpret.Fact.StatusReported;
import dev.twotick.worker.interpret.Person;
import dev.twotick.worker.outbox.HookEvent;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Which hook event a new fact raises, and what it says.
final class Events {

    static HookEvent received(Messages.Live message, @Nullable UUID contact) {
        ApplyItem<MessageTold> item = message.item();
        MessageTold fact = item.fact();
        EventData data = EventData.of(item)
                .with("id", message.key())
                .with("wamid", fact.wamid().value())
                .with("type", fact.type())
                .with("text", fact.body())
                .with("reply_to_wamid", fact.replyTo())
                .with("group_id", fact.groupId())
                .with("contact_id", contact)
                .with("conversation_id", message.conversationId());
        sender(data, fact.peer());
        media(data, fact.media());
        location(data, fact.location());
        String type = switch (fact.kind()) {
            case CONTENT -> "message.received";
            case REACTION -> "reaction.changed";
            case EDIT -> "message.edited";
            case REVOKE -> "message.revoked";
            case SYSTEM -> "account.notice";
        };
        return event(type, item, message.accountId(), data);
    }

    static HookEvent reported(ApplyItem<StatusReported> item, UUID key, long accountId, String current) {
        StatusReported fact = item.fact();
        EventData data = EventData.of(item)
                .with("id", key)
                .with("wamid", fact.wamid().value())
                .with("status", fact.status())
                .with("current_status", current)
                .with("participant", fact.participant().isEmpty() ? null : fact.participant())
                .with("recipient_wa_id", fact.recipientWaId())
                .with("recipient_user_id", fact.recipientUserId())
                .with("error_code", fact.errorCode())
                .with("callback_data", fact.callbackData())
                .json("errors", fact.errors())
                .json("pricing", fact.pricing())
                .json("conversation", fact.conversation());
        String type = MessageStatus.ofWord(fact.status())
                .map(status -> "message." + status.word())
                .orElse("message.status");
        return event(type, item, accountId, data);
    }

    static HookEvent noticed(ApplyItem<Noticed> item, long accountId) {
        return event(
                "account.notice",
                item,
                accountId,
                EventData.of(item).with("field", item.fact().field()));
    }

    static HookEvent accountDiscovered(ApplyItem<?> item, long accountId) {
        EventData data = new EventData()
                .account(item.item().account())
                .with("payload_id", item.payload().id());
        return event("account.discovered", "account:" + item.accountId(), item, accountId, data);
    }

    /// @param item the failed item's path in the payload
    static HookEvent payloadFailed(PayloadWork payload, String item, String error) {
        String data = new EventData()
                .with("payload_id", payload.id())
                .with("item", item)
                .with("error", error)
                .done();
        return new HookEvent(
                "payload.failed",
                "payload:" + payload.id() + ":" + item,
                null,
                null,
                payload.receivedAt(),
                data,
                payload.id());
    }

    private static void sender(EventData data, @Nullable Person sender) {
        if (sender != null) {
            data.with("wa_id", sender.waId())
                    .with("user_id", sender.userId())
                    .with("parent_user_id", sender.parentUserId())
                    .with("profile_name", sender.name())
                    .with("username", sender.username());
        }
    }

    private static void media(EventData data, Fact.@Nullable Media media) {
        if (media != null) {
            data.with("media_id", media.id())
                    .with("media_mime_type", media.mimeType())
                    .with("media_sha256", media.sha256())
                    .with("media_filename", media.filename())
                    .with("media_url", media.url());
        }
    }

    private static void location(EventData data, Fact.@Nullable Location location) {
        if (location != null) {
            data.with("latitude", location.latitude())
                    .with("longitude", location.longitude())
                    .with("location_name", location.name())
                    .with("location_address", location.address());
        }
    }

    private static HookEvent event(String type, ApplyItem<?> item, long accountId, EventData data) {
        return event(type, item.item().key(), item, accountId, data);
    }

    private static HookEvent event(String type, String factKey, ApplyItem<?> item, long accountId, EventData data) {
        return new HookEvent(
                type,
                factKey,
                accountId,
                item.accountId(),
                item.item().occurredAt() != null
                        ? item.item().occurredAt()
                        : item.payload().receivedAt(),
                data.done(),
                item.payload().id());
    }

    private Events() {}
}
