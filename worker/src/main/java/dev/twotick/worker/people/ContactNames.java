package dev.twotick.worker.people;

import dev.twotick.worker.batch.DatedText;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// What a contact is called: of each kind of name the greatest (Meta's time, text) over the contact's mentions.
///
/// @param name      as the person has it in their profile
/// @param savedName as the business has it in its own address book
record ContactNames(
        @Nullable String name,
        @Nullable String username,
        @Nullable String savedName) {

    static ContactNames of(Collection<Mention> mentions) {
        DatedText name = null;
        DatedText username = null;
        DatedText savedName = null;
        for (Mention mention : mentions) {
            name = DatedText.later(name, mention.name());
            username = DatedText.later(username, mention.username());
            savedName = DatedText.later(savedName, mention.savedName());
        }
        return new ContactNames(DatedText.text(name), DatedText.text(username), DatedText.text(savedName));
    }
}
