package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.NumberSpelling;
import dev.twotick.model.whatsapp.UserIdentifier;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Where an item stands: what it shares with its neighbours, and where its facts go.
///
/// @param people who is named beside the list
/// @param alone  whether the item is the only one of its list
record Place(Origin origin, ContactsOfValue people, boolean alone, FactList facts) {

    /// Who sent the item, or null.
    @Nullable
    Person sender(Json.Obj item) {
        return people.named(Identities.of(item, "from", "from_user_id", "from_parent_user_id"), isOnesOwn(item));
    }

    /// To whom the business sent the item, or null: nobody, or a group.
    @Nullable
    Person recipient(Json.Obj item) {
        if (isToGroup(item) || (item.id("group_id") != null && item.id("to_user_id") == null)) {
            return null;
        }
        Identities to = Identities.of(item, "to", "to_user_id", "to_parent_user_id");
        return people.named(to.or(Identities.of(item, "recipient", "", "")), isOnesOwn(item));
    }

    /// The group that an item was written in, or null: as Meta tells of it, or as the business addressed it.
    static @Nullable String groupOf(Json.Obj item) {
        String id = item.id("group_id");
        return id == null && isToGroup(item) ? item.id("to") : id;
    }

    /// Whether the item's recipient is a group, of a message or of a status.
    static boolean isToGroup(Json.Obj item) {
        return "group".equals(item.text("recipient_type"));
    }

    /// Whom an item is about that names its person as `contacts[]` does, or null.
    @Nullable
    Person person(Json.Obj item) {
        return people.named(Identities.of(item, "wa_id", "user_id", "parent_user_id"), isOnesOwn(item));
    }

    /// Whether the number is the business's own, as `metadata` shows it, in whatever spelling.
    boolean isOwn(@Nullable String number) {
        String own = origin.account().displayPhoneNumber();
        return own != null
                && number != null
                && !digitsOf(own).isEmpty()
                && digitsOf(own).equals(digitsOf(number));
    }

    private static String digitsOf(String number) {
        return NumberSpelling.canonical(UserIdentifier.digitsOf(number));
    }

    /// Adds a notice with a key of its own.
    void notice(String key, Json.Obj item, String path, @Nullable Instant at, Fact.@Nullable Effect effect) {
        facts.add(new Fact.Noticed(origin.item(key, item, path, at), origin.field(), effect));
    }

    /// Adds a notice whose content is its key.
    void notice(Json.Obj item, String path, @Nullable Instant at, Fact.Effect effect) {
        String canonical = CanonicalJson.of(item);
        notice(FactKey.content(origin, canonical, at), item, path, at, effect);
    }

    /// The item's own time, else its entry's.
    @Nullable
    Instant timeOf(Json.Obj item) {
        Instant own = MetaTime.of(item.get("timestamp"));
        return own == null ? origin.entry().time() : own;
    }

    private boolean isOnesOwn(Json.Obj item) {
        return alone && item.get("group_id") == null;
    }
}
