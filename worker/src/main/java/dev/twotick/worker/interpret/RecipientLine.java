package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.NumberSpelling;
import dev.twotick.model.whatsapp.PhoneNumberId;
import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.model.whatsapp.UserIdentifier.WaId;
import dev.twotick.model.whatsapp.Wamid;
import org.jspecify.annotations.Nullable;

/// A line of a campaign's file: `{"wamid": …, "phone_number_id": …}` is a message that was sent, `{"to": …}`
/// somebody it will be sent to; both in one line say whom that message was for.
///
/// @param account whose message it is; of a line without a wamid optional
/// @param to      digits of a number, spelled as it is dialled today, so that nobody is two recipients; or a user id
public record RecipientLine(
        @Nullable Wamid wamid,
        @Nullable PhoneNumberId account,
        @Nullable UserIdentifier to) {

    /// @throws IllegalArgumentException with what is wrong, without any of the line's content
    public static RecipientLine parse(String line) {
        Json read = JsonReader.read(line);
        if (read == null) {
            throw new IllegalArgumentException("not JSON, or more than one value");
        }
        if (!(read instanceof Json.Obj object)) {
            throw new IllegalArgumentException("JSON, but not an object");
        }
        String wamid = id(object, "wamid");
        String account = id(object, "phone_number_id");
        String to = firstId(object, "to", "wa_id", "user_id");
        if (wamid == null && to == null) {
            throw new IllegalArgumentException("neither wamid nor to");
        }
        if (wamid != null && account == null) {
            throw new IllegalArgumentException("a wamid without its phone_number_id");
        }
        return new RecipientLine(
                wamid == null ? null : new Wamid(wamid),
                account == null ? null : new PhoneNumberId(account),
                to == null ? null : person(to));
    }

    /// As events name a person, too.
    private static @Nullable String firstId(Json.Obj object, String... names) {
        for (String name : names) {
            String id = id(object, name);
            if (id != null) {
                return id;
            }
        }
        return null;
    }

    private static @Nullable String id(Json.Obj object, String name) {
        String id = object.id(name);
        if (id == null && object.get(name) != null) {
            throw new IllegalArgumentException(name + " is no identifier");
        }
        return id;
    }

    /// Whom somebody names: digits of a number, or a user id.
    static UserIdentifier person(String to) {
        String digits = UserIdentifier.digitsOf(to);
        if (!digits.isEmpty()) {
            return new WaId(NumberSpelling.canonical(digits));
        }
        return UserIdentifier.parse(to)
                .filter(id -> UserIdentifier.isBusinessScoped(id.value()))
                .orElseThrow(() -> new IllegalArgumentException("to is neither a number nor a user id"));
    }
}
