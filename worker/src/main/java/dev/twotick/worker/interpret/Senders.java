package dev.twotick.worker.interpret;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Finds who sent each message of a value. An entry of `contacts[]` belongs to a message when it names the same person,
/// never because of its position.
///
/// A message that names nobody is the one contact's only where no other reading is left: one contact, one message, and
/// not in a group.
final class Senders {
    private final List<Contact> contacts;
    private final @Nullable Contact only;
    private final @Nullable Instant statedAt;

    private Senders(List<Contact> contacts, @Nullable Contact only, @Nullable Instant statedAt) {
        this.contacts = contacts;
        this.only = only;
        this.statedAt = statedAt;
    }

    static Senders of(Json.Obj value) {
        List<Json> elements = value.array("contacts");
        List<Contact> contacts = new ArrayList<>(elements.size());
        for (Json element : elements) {
            if (element instanceof Json.Obj object) {
                contacts.add(Contact.of(object));
            }
        }
        boolean alone = elements.size() == 1
                && contacts.size() == 1
                && value.array("messages").size() == 1;
        return new Senders(contacts, alone ? contacts.getFirst() : null, greatestTime(value));
    }

    /// Null when nobody can be named.
    @Nullable
    Person senderOf(Json.Obj message) {
        Identities ids = Identities.of(message, "from", "from_user_id", "from_parent_user_id");
        if (ids.isEmpty()) {
            return only == null || only.ids().isEmpty() || message.get("group_id") != null
                    ? null
                    : person(only.ids(), only.name(), only.username());
        }
        String name = null;
        String username = null;
        for (Contact contact : contacts) {
            if (contact.ids().isSamePerson(ids)) {
                ids = ids.or(contact.ids());
                name = name == null ? contact.name() : name;
                username = username == null ? contact.username() : username;
            }
        }
        return person(ids, name, username);
    }

    private Person person(Identities ids, @Nullable String name, @Nullable String username) {
        return new Person(ids.waId(), ids.userId(), ids.parentUserId(), name, username, statedAt);
    }

    /// The greatest of Meta's times in the value: names have none of their own.
    private static @Nullable Instant greatestTime(Json.Obj value) {
        return Stream.concat(value.array("messages").stream(), value.array("statuses").stream())
                .map(item -> item instanceof Json.Obj object ? MetaTime.of(object.get("timestamp")) : null)
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .orElse(null);
    }

    /// An entry of `contacts[]`.
    private record Contact(
            Identities ids, @Nullable String name, @Nullable String username) {

        static Contact of(Json.Obj contact) {
            Json.Obj profile = contact.object("profile");
            return new Contact(
                    Identities.of(contact, "wa_id", "user_id", "parent_user_id"),
                    profile == null ? null : profile.text("name"),
                    profile == null ? null : profile.text("username"));
        }
    }
}
