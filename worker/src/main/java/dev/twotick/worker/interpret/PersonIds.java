package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.FlowCompleted;
import dev.twotick.worker.interpret.Fact.IdentityChange;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.Noticed;
import dev.twotick.worker.interpret.Fact.StatusReported;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Every person whom a fact is about, each by their anchor: the user id, else the parent's, else the digits of
/// the number without `+`. A number may pass on, so beside a user id it says nothing of who somebody is. This
/// decides that a fact is about somebody who was erased, and that an item is taken out of a logged payload.
///
/// Of a message these are the people who sent it or whom it is for, not those whom its text speaks of. Of
/// everything else it is whom it is known to be about, and where that is nobody, whoever is named anywhere in
/// the item, because Meta adds places where people are named.
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
                addChange(ids, told);
            }
            case FlowCompleted flow -> add(ids, flow.person());
            case StatusReported status -> {
                add(ids, status.recipientUserId() != null ? status.recipientUserId() : status.recipientWaId());
                scan(ids, fact);
            }
            case Noticed notice -> {
                switch (notice.effect()) {
                    case Effect.PreferenceStated stated -> add(ids, stated.person());
                    case Effect.SignedUp signedUp -> add(ids, signedUp.person());
                    case Effect.CallReported call -> add(ids, call.peer());
                    case Effect.NameSaved saved -> add(ids, saved.person());
                    case Effect.OtherStatus status -> {
                        add(ids, status.recipientUserId() != null ? status.recipientUserId() : status.recipientWaId());
                        scan(ids, fact);
                    }
                    case Effect.IdentityChanged changed -> {
                        add(ids, changed.change().before());
                        add(ids, changed.change().after());
                    }
                    case Effect.TemplateChanged _ -> {}
                    case null -> {}
                }
                if (ids.isEmpty()) {
                    scan(ids, fact);
                }
            }
        }
        return ids;
    }

    /// Whoever is named in JSON that a fact was kept as.
    public static Set<String> in(String json) {
        Set<String> ids = new HashSet<>();
        Json value = JsonReader.read(json);
        if (value != null) {
            scan(ids, null, "", value, false);
        }
        return ids;
    }

    /// Every id that a fact needs in order to mean what it means: beside the anchors those that stand with them.
    static Set<String> named(Fact fact) {
        Set<String> ids = of(fact);
        switch (fact) {
            case MessageTold told -> {
                addAll(ids, told.peer());
                if (told.change() != null) {
                    addAll(ids, told.change().before());
                    addAll(ids, told.change().after());
                }
            }
            case FlowCompleted flow -> addAll(ids, flow.person());
            case StatusReported _, Noticed _ -> {
                Json value = JsonReader.read(fact.item().raw());
                if (value != null) {
                    scan(ids, null, "", value, true);
                }
            }
        }
        return ids;
    }

    private static void scan(Set<String> ids, Fact fact) {
        ids.addAll(in(fact.item().raw()));
    }

    /// @param all also ids beside which a stronger one of the same person stands
    private static void scan(Set<String> ids, Json.@Nullable Obj owner, String name, Json value, boolean all) {
        switch (value) {
            case Json.Obj object -> {
                for (Map.Entry<String, Json> member : object.members().entrySet()) {
                    scan(ids, object, member.getKey(), member.getValue(), all);
                }
                object.shadowed().forEach(member -> scan(ids, object, member.name(), member.value(), all));
            }
            case Json.Arr array -> array.items().forEach(item -> scan(ids, owner, name, item, all));
            case Json.Str _, Json.Num _ -> {
                if (all || owner == null || !hasStronger(owner, name)) {
                    add(ids, idOf(name, value));
                }
            }
            case Json.Word _, Json.Deep _ -> {}
        }
    }

    /// Whether a stronger id of the same person stands beside this one: `from_user_id` beside `from`, `user_id` beside
    /// `wa_id`, `user_ids` beside `wa_ids`.
    static boolean hasStronger(Json.Obj object, String name) {
        String plural = name.endsWith("_ids") ? "s" : "";
        String one = name.substring(0, name.length() - plural.length());
        if (one.endsWith("parent_user_id")) {
            return says(object, before(one, "parent_user_id") + "user_id" + plural);
        }
        if (one.endsWith("user_id")) {
            return false;
        }
        String prefix =
                one.endsWith("wa_id") ? before(one, "wa_id") : one.endsWith("_id") ? before(one, "id") : one + '_';
        return says(object, prefix + "user_id" + plural) || says(object, prefix + "parent_user_id" + plural);
    }

    private static String before(String name, String end) {
        return name.substring(0, name.length() - end.length());
    }

    private static boolean says(Json.Obj object, String name) {
        return switch (object.members().get(name)) {
            case Json.Str string -> !string.value().isBlank();
            case Json.Arr array -> !array.items().isEmpty();
            case Json.Obj _, Json.Num _ -> true;
            case Json.Word _, Json.Deep _ -> false;
            case null -> false;
        };
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
        String digits = UserIdentifier.digitsOf(stripped);
        return digits.length() < LEAST_DIGITS || digits.length() > MOST_DIGITS ? null : digits;
    }

    /// Where its sender is known by more than a number, the numbers before and after are theirs.
    private static void addChange(Set<String> ids, MessageTold told) {
        IdentityChange change = told.change();
        if (change == null) {
            return;
        }
        Person peer = told.peer();
        boolean known = peer != null && !isNumberOnly(peer);
        for (Person person : List.of(change.before(), change.after())) {
            if (!known || !isNumberOnly(person)) {
                add(ids, person);
            }
        }
    }

    private static boolean isNumberOnly(Person person) {
        return person.userId() == null && person.parentUserId() == null;
    }

    private static void add(Set<String> ids, @Nullable Person person) {
        if (person != null) {
            add(ids, person.strongest().value());
        }
    }

    private static void addAll(Set<String> ids, @Nullable Person person) {
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
