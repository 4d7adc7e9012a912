package dev.twotick.worker.interpret;

import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The `contacts[]` of a value. An entry belongs to an item when both name the same person, never because of its
/// position.
///
/// An item that names nobody is the one contact's only where no other reading is left: one contact, one item, and not
/// in a group.
final class ContactsOfValue {
    private final Map<String, Set<Contact>> byId;
    private final @Nullable Contact only;
    private final @Nullable Instant statedAt;

    private ContactsOfValue(Map<String, Set<Contact>> byId, @Nullable Contact only, @Nullable Instant statedAt) {
        this.byId = byId;
        this.only = only;
        this.statedAt = statedAt;
    }

    static ContactsOfValue of(Json.Obj value) {
        return of(value, value);
    }

    /// @param holder has the `contacts[]`
    /// @param value  has the items that they are named for
    static ContactsOfValue of(Json.Obj holder, Json.Obj value) {
        List<Json> elements = holder.array("contacts");
        Map<String, Set<Contact>> byId = new HashMap<>();
        Contact only = null;
        for (Json element : elements) {
            if (element instanceof Json.Obj object) {
                Contact contact = Contact.of(object);
                only = elements.size() == 1 ? contact : null;
                for (String id : contact.ids().keys()) {
                    byId.computeIfAbsent(id, _ -> new LinkedHashSet<>()).add(contact);
                }
            }
        }
        return new ContactsOfValue(byId, only, greatestTime(value));
    }

    /// The same people, named at another time.
    ContactsOfValue at(@Nullable Instant time) {
        return new ContactsOfValue(byId, only, time);
    }

    /// The person of these ids, with the name and the further ids that `contacts[]` has. Null when nobody can be named.
    ///
    /// @param alone whether ids that are empty can only be the only contact's
    @Nullable
    Person named(Identities stated, boolean alone) {
        if (stated.isEmpty()) {
            return !alone || only == null || only.ids().isEmpty()
                    ? null
                    : person(only.ids(), only.name(), only.username());
        }
        return find(stated, null);
    }

    /// The person of these ids, who are not empty.
    ///
    /// @param username where it stands beside the ids
    Person find(Identities stated, @Nullable String username) {
        List<Contact> matching = candidates(stated).stream()
                .filter(contact -> contact.ids().isSamePerson(stated))
                .toList();
        Identities ids = agreed(stated, matching);
        if (ids == null) {
            return person(stated, null, username);
        }
        String name = null;
        String called = username;
        for (Contact contact : matching) {
            name = name == null ? contact.name() : name;
            called = called == null ? contact.username() : called;
        }
        return person(ids, name, called);
    }

    /// These ids, and what all of the entries add to them; null when two add different ones, such as two user ids of
    /// one number: then nobody knows which of them an item means.
    private static @Nullable Identities agreed(Identities stated, List<Contact> entries) {
        Identities agreed = stated;
        for (Contact entry : entries) {
            agreed = agreed.or(entry.ids());
        }
        for (Contact entry : entries) {
            if (!stated.or(entry.ids()).or(agreed).equals(agreed)) {
                return null;
            }
        }
        return agreed;
    }

    private Set<Contact> candidates(Identities ids) {
        Set<Contact> candidates = Set.of();
        for (String id : ids.keys()) {
            Set<Contact> more = byId.getOrDefault(id, Set.of());
            if (candidates.isEmpty()) {
                candidates = more;
            } else if (!candidates.containsAll(more)) {
                Set<Contact> both = new LinkedHashSet<>(candidates);
                both.addAll(more);
                candidates = both;
            }
        }
        return candidates;
    }

    private Person person(Identities ids, @Nullable String name, @Nullable String username) {
        return new Person(ids.waId(), ids.userId(), ids.parentUserId(), name, username, statedAt);
    }

    /// The greatest of Meta's times in the value, its items, and what stands directly in it: names have none of their
    /// own.
    private static @Nullable Instant greatestTime(Json.Obj value) {
        Instant greatest = timeOf(value);
        for (Json member : value.members().values()) {
            greatest = later(greatest, member instanceof Json.Arr array ? greatestTime(array.items()) : timeOf(member));
        }
        return greatest;
    }

    static @Nullable Instant greatestTime(List<Json> items) {
        Instant greatest = null;
        for (Json item : items) {
            greatest = later(greatest, timeOf(item));
        }
        return greatest;
    }

    private static @Nullable Instant timeOf(Json item) {
        return item instanceof Json.Obj object ? MetaTime.of(object.get("timestamp")) : null;
    }

    private static @Nullable Instant later(@Nullable Instant one, @Nullable Instant other) {
        return one == null || (other != null && other.isAfter(one)) ? other : one;
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
