package dev.twotick.worker.interpret;

/// Reads an item of `user_preferences[]`: what a person wants to get. With a sign-up's id it is that sign-up too.
final class PreferenceReader {

    private PreferenceReader() {}

    /// False when neither can be read.
    static boolean read(Json.Obj item, String path, Place place) {
        boolean stated = readPreference(item, path, place);
        if ("stop".equalsIgnoreCase(item.word("value"))) {
            return stated;
        }
        boolean signedUp = SignupReader.read(item, path, place);
        if (signedUp && !stated) {
            place.facts().notice(place.origin(), path, item);
        }
        return stated || signedUp;
    }

    private static boolean readPreference(Json.Obj item, String path, Place place) {
        Person person = place.person(item);
        String category = item.word("category");
        String value = item.word("value");
        if (person == null || category == null || value == null) {
            return false;
        }
        Fact.Effect stated = new Fact.Effect.PreferenceStated(person, category, value);
        place.notice(item, path, place.timeOf(item), stated);
        return true;
    }
}
