package dev.twotick.worker.interpret;

import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.IdentityChange;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Reads whose ids became which. Meta has told of it in three ways: a system message about a number, one about a user
/// id, and field `user_id_update`.
final class IdentityChanges {

    private IdentityChanges() {}

    /// Of a system message; null when it tells of no change that can be read.
    static @Nullable IdentityChange ofSystem(Json.Obj item, Json.Obj system, @Nullable Instant at) {
        return switch (system.text("type")) {
            case "user_changed_number", "customer_changed_number", "user_changed_user_id" ->
                change(before(item, system), after(system), at);
            case null, default -> null;
        };
    }

    /// An item of field `user_id_update`.
    static boolean readUpdate(Json.Obj item, String path, Place place) {
        Instant at = place.timeOf(item);
        Identities before =
                new Identities(null, part(item, "user_id", "previous"), part(item, "parent_user_id", "previous"));
        Identities now =
                new Identities(null, part(item, "user_id", "current"), part(item, "parent_user_id", "current"));
        IdentityChange change = change(before, now.or(Identities.of(item, "wa_id", "", "")), at);
        if (change == null) {
            return false;
        }
        place.notice(item, path, at, new Effect.IdentityChanged(change));
        return true;
    }

    /// Who the person was: the sender, by the ids that the message calls previous where it names any.
    private static Identities before(Json.Obj item, Json.Obj system) {
        Identities sender = Identities.of(item, "from", "from_user_id", "from_parent_user_id")
                .or(Identities.of(system, "customer", "", ""));
        String user = Identities.id(system, "previous_user_id");
        String parent = Identities.id(system, "previous_parent_user_id");
        return new Identities(
                sender.waId(),
                user != null ? user : otherThan(Identities.id(system, "user_id"), sender.userId()),
                parent != null ? parent : otherThan(Identities.id(system, "parent_user_id"), sender.parentUserId()));
    }

    /// Who the person is now.
    private static Identities after(Json.Obj system) {
        return Identities.of(system, "wa_id", "user_id", "parent_user_id")
                .or(Identities.of(system, "new_wa_id", "", ""));
    }

    private static @Nullable IdentityChange change(Identities before, Identities after, @Nullable Instant at) {
        return before.isEmpty() || after.isEmpty() || before.equals(after)
                ? null
                : new IdentityChange(person(before, at), person(after, at));
    }

    private static Person person(Identities ids, @Nullable Instant at) {
        return new Person(ids.waId(), ids.userId(), ids.parentUserId(), null, null, at);
    }

    /// `{previous, current}`, or the current one alone.
    private static @Nullable String part(Json.Obj item, String name, String part) {
        Json.Obj both = item.object(name);
        return both != null ? Identities.id(both, part) : part.equals("current") ? Identities.id(item, name) : Identities.id(item, "previous_" + name);
    }

    private static @Nullable String otherThan(@Nullable String known, @Nullable String id) {
        return id == null || id.equals(known) ? null : id;
    }
}
