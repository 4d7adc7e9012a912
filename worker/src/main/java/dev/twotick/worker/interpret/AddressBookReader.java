package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.NumberSpelling;
import dev.twotick.model.whatsapp.UserIdentifier;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Reads an item of `state_sync[]`: the business saved a person's name on its phone, or took it out.
final class AddressBookReader {

    private AddressBookReader() {}

    /// False when it is not a person whose name was saved or taken out.
    static boolean read(Json.Obj item, String path, Place place) {
        Json.Obj contact = item.object("contact");
        if (contact == null) {
            return false;
        }
        boolean removed = "remove".equals(item.text("action"));
        String full = contact.text("full_name");
        String name = full == null ? contact.text("first_name") : full;
        Instant at = timeOf(item, place);
        Person person = person(contact, at);
        if (person == null || (name == null && !removed)) {
            return false;
        }
        place.notice(item, path, at, new Fact.Effect.NameSaved(person, removed ? null : name));
        return true;
    }

    private static @Nullable Instant timeOf(Json.Obj item, Place place) {
        Json.Obj metadata = item.object("metadata");
        Instant own = metadata == null ? null : MetaTime.of(metadata.get("timestamp"));
        return own == null ? place.timeOf(item) : own;
    }

    /// Numbers of an address book may be written for people: `+1 (650) 555-1234`.
    private static @Nullable Person person(Json.Obj contact, @Nullable Instant at) {
        String number = Identities.id(contact, "phone_number");
        String digits = number == null ? "" : UserIdentifier.digitsOf(number);
        String user = Identities.id(contact, "user_id");
        String parent = Identities.id(contact, "parent_user_id");
        String waId = digits.isEmpty() ? null : NumberSpelling.dialled(digits);
        return waId == null && user == null && parent == null ? null : new Person(waId, user, parent, null, null, at);
    }
}
