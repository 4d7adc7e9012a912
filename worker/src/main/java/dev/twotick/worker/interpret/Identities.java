package dev.twotick.worker.interpret;

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
        String number = object.id(numberKey);
        UserIdentifier named =
                number == null ? null : UserIdentifier.parse(number).orElse(null);
        Identities explicit = new Identities(null, object.id(userKey), object.id(parentKey));
        return explicit.or(
                switch (named) {
                    case WaId(String value) -> new Identities(value, null, null);
                    case UserId(String value) -> new Identities(null, value, null);
                    case ParentUserId(String value) -> new Identities(null, null, value);
                    case null -> NONE;
                });
    }

    boolean isEmpty() {
        return waId == null && userId == null && parentUserId == null;
    }

    /// Those that there are.
    List<String> values() {
        List<String> values = new ArrayList<>(3);
        for (String id : new @Nullable String[] {waId, userId, parentUserId}) {
            if (id != null) {
                values.add(id);
            }
        }
        return values;
    }

    /// Decided by the most specific kind of id that both have: of one number, two user ids are two people, for numbers
    /// are given to new owners.
    boolean isSamePerson(Identities other) {
        if (userId != null && other.userId != null) {
            return userId.equals(other.userId);
        }
        if (waId != null && other.waId != null) {
            return waId.equals(other.waId);
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
