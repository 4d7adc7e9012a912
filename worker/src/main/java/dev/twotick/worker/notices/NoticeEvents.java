package dev.twotick.worker.notices;

import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.EventData;
import dev.twotick.worker.batch.Events;
import dev.twotick.worker.batch.MessageKey;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.Noticed;
import dev.twotick.worker.interpret.Person;
import dev.twotick.worker.notices.Notices.Notice;
import dev.twotick.worker.outbox.HookEvent;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Which hook event a new notice raises, by its effect, and what it says.
final class NoticeEvents {

    /// @param contactOf the contact of somebody whom the notice names
    /// @param standing  where a call stands now that the notice is applied
    static HookEvent noticed(
            Notice notice,
            Function<Person, @Nullable UUID> contactOf,
            Function<Effect.CallReported, Calls.@Nullable Standing> standing) {
        EventData data =
                EventData.of(notice.item()).with("field", notice.item().fact().field());
        String type = switch (notice.item().fact().effect()) {
            case Effect.TemplateChanged template -> templateUpdated(data, template);
            case Effect.PreferenceStated preference -> preferenceChanged(data, preference, contactOf);
            case Effect.SignedUp signUp -> subscribed(data, signUp, contactOf);
            case Effect.CallReported call -> callUpdated(data, call, contactOf, standing.apply(call));
            case Effect.OtherStatus status -> otherStatus(data, status, notice.item());
            case Effect.NameSaved saved -> {
                person(data, saved.person(), contactOf);
                data.with("saved_name", saved.name());
                yield "account.notice";
            }
            case Effect.IdentityChanged changed -> {
                data.change(changed.change());
                data.with("contact_id", contactOf.apply(changed.change().after()));
                yield "account.notice";
            }
            case null -> "account.notice";
        };
        return Events.event(type, notice.item(), notice.accountId(), data);
    }

    private static String templateUpdated(EventData data, Effect.TemplateChanged template) {
        data.with("template_id", template.templateId())
                .with("name", template.name())
                .with("language", template.language())
                .with("status", template.status())
                .with("reason", template.reason())
                .with("quality", template.quality())
                .with("category", template.category())
                .json("components", template.components());
        return "template.updated";
    }

    private static String preferenceChanged(
            EventData data, Effect.PreferenceStated preference, Function<Person, @Nullable UUID> contactOf) {
        person(data, preference.person(), contactOf);
        data.with("category", preference.category()).with("value", preference.value());
        return "user.preference_changed";
    }

    /// `contact` and `signup`, as the names of both tables' keys.
    private static String subscribed(
            EventData data, Effect.SignedUp signUp, Function<Person, @Nullable UUID> contactOf) {
        person(data, signUp.person(), contactOf);
        data.with("contact", contactOf.apply(signUp.person())).with("signup", signUp.signupId());
        return "user.subscribed";
    }

    private static String callUpdated(
            EventData data,
            Effect.CallReported call,
            Function<Person, @Nullable UUID> contactOf,
            Calls.@Nullable Standing now) {
        if (call.peer() != null) {
            person(data, call.peer(), contactOf);
        }
        data.with("call_id", call.callId())
                .with(
                        "direction",
                        call.direction() == null ? null : call.direction().word())
                .with("event", call.event())
                .with("status", call.status())
                .with("current_event", now == null ? null : now.event())
                .with("current_status", now == null ? null : now.status())
                .time("started_at", call.startedAt())
                .time("ended_at", call.endedAt())
                .with("duration_s", call.durationS())
                .with("callback_data", call.callbackData());
        return "call.updated";
    }

    private static String otherStatus(EventData data, Effect.OtherStatus status, ApplyItem<Noticed> item) {
        data.with("id", MessageKey.of(item.item().account().phoneNumberId(), status.id()))
                .with("wamid", status.id().value())
                .with("type", status.type())
                .with("status", status.status())
                .with("wa_id", status.recipientWaId())
                .with("user_id", status.recipientUserId())
                .with("callback_data", status.callbackData());
        return "account.notice";
    }

    private static void person(EventData data, Person person, Function<Person, @Nullable UUID> contactOf) {
        data.person(person).with("contact_id", contactOf.apply(person));
    }

    private NoticeEvents() {}
}
