package dev.twotick.worker.messages;

import dev.twotick.model.whatsapp.MessageStatus;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.EventData;
import dev.twotick.worker.batch.Events;
import dev.twotick.worker.batch.MessageKey;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.FlowCompleted;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.MessageTold.Kind;
import dev.twotick.worker.interpret.Fact.StatusReported;
import dev.twotick.worker.interpret.Fact.Target;
import dev.twotick.worker.outbox.HookEvent;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Which hook event a message, a status or a flow reply raises, and what it says.
final class MessageEvents {
    private static final String NOTICE = "account.notice";

    /// Nothing for history, which is long past.
    static Optional<HookEvent> told(
            ToldBit told, ApplyItem<MessageTold> item, Messages.Row row, long accountId, @Nullable UUID contact) {
        return type(told).map(type -> {
            EventData data = message(item, row, contact);
            if (type.equals(NOTICE)) {
                data.with("field", field(told));
            }
            return Events.event(type, item, accountId, data).inLineOf(row.conversationId(), row.id());
        });
    }

    /// Where it stood; echoes come in either of two fields.
    private static @Nullable String field(ToldBit told) {
        return switch (told.teller()) {
            case LIVE -> "messages";
            case STANDBY -> "standby";
            case ECHO, HISTORY -> null;
        };
    }

    /// An edit that changes nothing has nothing to say.
    private static Optional<String> type(ToldBit told) {
        if (told.kind() == Kind.EDIT && told.placeholder()) {
            return Optional.empty();
        }
        return switch (told.teller()) {
            case LIVE -> Optional.of(told.kind() == Kind.CONTENT ? "message.received" : change(told.kind()));
            case ECHO -> Optional.of(told.kind() == Kind.CONTENT ? "message.echoed" : change(told.kind()));
            case STANDBY -> Optional.of(NOTICE);
            case HISTORY -> Optional.empty();
        };
    }

    private static String change(Kind kind) {
        return switch (kind) {
            case REACTION -> "reaction.changed";
            case EDIT -> "message.edited";
            case REVOKE -> "message.revoked";
            case CONTENT, SYSTEM -> NOTICE;
        };
    }

    private static EventData message(ApplyItem<MessageTold> item, Messages.Row row, @Nullable UUID contact) {
        MessageTold fact = item.fact();
        EventData data = EventData.of(item)
                .with("id", row.key())
                .with("wamid", fact.wamid().value())
                .with(
                        "direction",
                        fact.direction() == null ? null : fact.direction().word())
                .with("type", fact.type())
                .with("text", fact.body())
                .with("status", row.status())
                .with("reply_to_wamid", fact.replyTo())
                .with("forwarded", fact.forwarded())
                .with("group_id", row.groupId())
                .with("error_code", fact.errorCode())
                .json("referral", fact.referral())
                .with("contact_id", contact)
                .with("conversation_id", row.conversationId());
        data.person(fact.peer());
        if (MessageDelta.Heading.of(fact).isOutbound() && fact.peer() != null) {
            data.ids("recipient_", fact.peer());
        }
        target(data, item);
        data.change(fact.change());
        media(data, fact.media());
        location(data, fact.location());
        return data;
    }

    /// What a reaction, edit or revoke is about.
    private static void target(EventData data, ApplyItem<MessageTold> item) {
        Target target = item.fact().target();
        if (target != null) {
            data.with("target_wamid", target.wamid().value())
                    .with("target_id", MessageKey.of(item.item().account().phoneNumberId(), target.wamid()));
        }
        if (item.fact().kind() == Kind.REACTION) {
            data.with("emoji", Reactions.emoji(item.fact())).with("reactor", Reactions.reactor(item.fact()));
        }
    }

    static HookEvent reported(MessageStatuses.Reported status, Messages.Row message) {
        ApplyItem<StatusReported> item = status.item();
        StatusReported fact = item.fact();
        EventData data = EventData.of(item)
                .with("id", message.key())
                .with("wamid", fact.wamid().value())
                .with("status", fact.status())
                .with("current_status", message.status())
                .with("group_id", message.groupId())
                .with("participant", fact.participant().isEmpty() ? null : fact.participant())
                .with("wa_id", fact.recipientWaId())
                .with("user_id", fact.recipientUserId())
                .with("recipient_wa_id", fact.recipientWaId())
                .with("recipient_user_id", fact.recipientUserId())
                .with("error_code", fact.errorCode())
                .with("callback_data", fact.callbackData())
                .json("errors", fact.errors())
                .json("pricing", fact.pricing())
                .json("conversation", fact.conversation());
        String type = MessageStatus.ofWord(fact.status())
                .map(word -> "message." + word.word())
                .orElse("message.status");
        return Events.event(type, item, status.accountId(), data).inLineOf(message.conversationId(), message.id());
    }

    static HookEvent flowCompleted(FlowResponses.Response response, @Nullable UUID contact) {
        ApplyItem<FlowCompleted> item = response.item();
        FlowCompleted fact = item.fact();
        EventData data = EventData.of(item)
                .with("id", response.message().key())
                .with("wamid", fact.wamid().value())
                .with("name", fact.name())
                .with("flow_token", fact.flowToken())
                .json("response", fact.response())
                .with("group_id", response.message().groupId())
                .with("contact_id", contact)
                .with("conversation_id", response.message().conversationId())
                .person(fact.person());
        return Events.event("flow.completed", item, response.accountId(), data)
                .inLineOf(
                        response.message().conversationId(), response.message().id());
    }

    private static void media(EventData data, Fact.@Nullable Media media) {
        if (media != null) {
            data.with("media_id", media.id())
                    .with("media_mime_type", media.mimeType())
                    .with("media_sha256", media.sha256())
                    .with("media_filename", media.filename())
                    .with("media_url", media.url())
                    .time("media_expires_at", media.expiresAt())
                    .with("voice", media.voice());
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

    private MessageEvents() {}
}
