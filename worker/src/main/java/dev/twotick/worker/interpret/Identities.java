package dev.twotick.worker.interpret;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.model.whatsapp.NumberSpelling;
import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.model.whatsapp.UserIdentifier.ParentUserId;
import dev.twotick.model.whatsapp.UserIdentifier.UserId;
import dev.twotick.model.whatsapp.UserIdentifier.WaId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one object of a payload calls a person.
record Identities(
        @Nullable String waId,
        @Nullable String userId,
        @Nullable String parentUserId) {

    static final Identities NONE = new Identities(null, null, null);

    /// Reads the three keys. Under the one for the number, another kind of id is told by its form; the other two are
    /// what they say they are.
    static Identities of(Json.Obj object, String numberKey, String userKey, String parentKey) {
        String number = id(object, numberKey);
        UserIdentifier named =
                number == null ? null : UserIdentifier.parse(number).orElse(null);
        Identities explicit = new Identities(null, id(object, userKey), id(object, parentKey));
        return explicit.or(
                switch (named) {
                    case WaId(String value) -> new Identities(value, null, null);
                    case UserId(String value) -> new Identities(null, value, null);
                    case ParentUserId(String value) -> new Identities(null, null, value);
                    case null -> NONE;
                });
    }

    /// A person's id, or null. The three of one person are a key of the database together, so none may be long in
    /// bytes.
    static @Nullable String id(Json.Obj object, String name) {
        String id = object.id(name);
        return id == null || id.getBytes(UTF_8).length > Identifiers.MAX_LENGTH ? null : id;
    }

    boolean isEmpty() {
        return waId == null && userId == null && parentUserId == null;
    }

    /// Those that there are, a number in the one spelling that all of its spellings have.
    List<String> keys() {
        List<String> keys = new ArrayList<>(3);
        for (String id : new @Nullable String[] {waId, userId, parentUserId}) {
            if (id != null) {
                keys.add(NumberSpelling.canonical(id));
            }
        }
        return keys;
    }

    /// Decided by the most specific kind of id that both have: of one number, two user ids are two people, for numbers
    /// are given to new owners.
    boolean isSamePerson(Identities other) {
        if (userId != null && other.userId != null) {
            return userId.equals(other.userId);
        }
        if (waId != null && other.waId != null) {
            return NumberSpelling.canonical(waId).equals(NumberSpelling.canonical(other.waId));
        }
        return parentUserId != null && parentUserId.equals(other.parentUserId);
    }

    /// These, and where one is missing the other's.
    Identities or(Identities other) {
        return new Identities(
                waId != null ? waId : other.waId,
                userId != null ? userId : other.userId,
                parentUserId != null ? parentUserId : other.parentUserId);
    }
}
