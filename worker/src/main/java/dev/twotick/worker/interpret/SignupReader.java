package dev.twotick.worker.interpret;

import java.time.Instant;

/// Reads who signed up in the app. Meta's pages name no field for it, so three are understood: field `in_app_signup`,
/// that key inside of any value, and `user_preferences[].signup_id`.
final class SignupReader {

    private SignupReader() {}

    /// False when the item does not name both a sign-up and a person.
    static boolean read(Json.Obj item, String path, Place place) {
        String signup = item.id("signup_id");
        Person person = place.person(item);
        if (person == null) {
            person = place.sender(item);
        }
        if (signup == null || person == null) {
            return false;
        }
        Instant at = place.timeOf(item);
        String key = FactKey.signup(place.origin().account().phoneNumberId(), signup, person, at);
        place.notice(key, item, path, at, new Fact.Effect.SignedUp(person, signup));
        return true;
    }
}
