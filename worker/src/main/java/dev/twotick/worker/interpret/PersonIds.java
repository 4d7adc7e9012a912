package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.FlowCompleted;
import dev.twotick.worker.interpret.Fact.IdentityChange;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.Noticed;
import dev.twotick.worker.interpret.Fact.StatusReported;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Every person whom a fact is about, by their ids: digits of a number without `+`, user ids, parent ids. What decides
/// that a fact is about somebody who was erased, and that an item is taken out of a logged payload.
///
/// Of a message these are the people who sent it or whom it is for, not those whom its text speaks of. Of everything
/// else
/// it is whoever is named anywhere in the item, because Meta adds places where people are named.
public final class PersonIds {

    /// Members whose values look like ids, and are none, or were written by people.
    private static final Set<String> NOT_IDS = Set.of(
            "timestamp",
            "phone_number_id",
            "display_phone_number",
            "biz_opaque_callback_data",
            "body",
            "text",
            "title",
            "description",
            "detail");

    /// No number is shorter.
    private static final int LEAST_DIGITS = 6;

    private static final int MOST_DIGITS = 20;

    private PersonIds() {}

    public static Set<String> of(Fact fact) {
        Set<String> ids = new HashSet<>();
        switch (fact) {
            case MessageTold told -> {
                add(ids, told.peer());
                add(ids, told.change());
            }
            case FlowCompleted flow -> add(ids, flow.person());
            case StatusReported status -> {
                add(ids, status.recipientWaId());
                add(ids, status.recipientUserId());
                add(ids, status.participant());
                scan(ids, fact);
            }
            case Noticed notice -> {
                switch (notice.effect()) {
                    case Effect.PreferenceStated stated -> add(ids, stated.person());
                    case Effect.SignedUp signedUp -> add(ids, signedUp.person());
                    case Effect.CallReported call -> add(ids, call.peer());
                    case Effect.NameSaved saved -> add(ids, saved.person());
                    case Effect.IdentityChanged changed -> add(ids, changed.change());
                    case Effect.TemplateChanged _ -> {}
                    case null -> {}
                }
                scan(ids, fact);
            }
        }
        return ids;
    }

    /// Whoever is named in JSON that a fact was kept as.
    public static Set<String> in(String json) {
        Set<String> ids = new HashSet<>();
        Json value = JsonReader.read(json);
        if (value != null) {
            scan(ids, "", value);
        }
        return ids;
    }

    private static void scan(Set<String> ids, Fact fact) {
        ids.addAll(in(fact.item().raw()));
    }

    private static void scan(Set<String> ids, String name, Json value) {
        switch (value) {
            case Json.Obj object -> {
                for (Map.Entry<String, Json> member : object.members().entrySet()) {
                    scan(ids, member.getKey(), member.getValue());
                }
                object.shadowed().forEach(member -> scan(ids, member.name(), member.value()));
            }
            case Json.Arr array -> array.items().forEach(item -> scan(ids, name, item));
            case Json.Str _, Json.Num _ -> add(ids, idOf(name, value));
            case Json.Word _, Json.Deep _ -> {}
        }
    }

    /// The id that this member may hold, or null.
    static @Nullable String idOf(String name, Json value) {
        String text = switch (value) {
            case Json.Str string -> string.value();
            case Json.Num number -> number.text();
            default -> null;
        };
        return text == null || NOT_IDS.contains(name) ? null : normal(text);
    }

    /// A number as its digits, however it is written; a business-scoped id as it is; otherwise null.
    public static @Nullable String normal(String text) {
        if (text.length() > UserIdentifier.MAX_LENGTH) {
            return null;
        }
        String stripped = text.strip();
        if (UserIdentifier.isBusinessScoped(stripped)) {
            return stripped;
        }
        StringBuilder digits = new StringBuilder(stripped.length());
        for (int i = 0; i < stripped.length(); i++) {
            char c = stripped.charAt(i);
            if (c >= '0' && c <= '9') {
                digits.append(c);
            } else if (" ()+-./\u00a0".indexOf(c) < 0) {
                return null;
            }
        }
        return digits.length() < LEAST_DIGITS || digits.length() > MOST_DIGITS ? null : digits.toString();
    }

    private static void add(Set<String> ids, @Nullable IdentityChange change) {
        if (change != null) {
            add(ids, change.before());
            add(ids, change.after());
        }
    }

    private static void add(Set<String> ids, @Nullable Person person) {
        if (person != null) {
            add(ids, person.waId());
            add(ids, person.userId());
            add(ids, person.parentUserId());
        }
    }

    private static void add(Set<String> ids, @Nullable String id) {
        if (id != null && !id.isEmpty()) {
            ids.add(id);
        }
    }
}
