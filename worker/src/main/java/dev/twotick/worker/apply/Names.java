package dev.twotick.worker.apply;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// What a contact is called: of each kind of name the greatest (Meta's time, text) over the contact's mentions.
///
/// @param name      as the person has it in their profile
/// @param savedName as the business has it in its own address book
record Names(
        @Nullable String name,
        @Nullable String username,
        @Nullable String savedName) {

    static Names of(Collection<Mention> mentions) {
        Stated name = null;
        Stated username = null;
        Stated savedName = null;
        for (Mention mention : mentions) {
            name = Stated.later(name, mention.name());
            username = Stated.later(username, mention.username());
            savedName = Stated.later(savedName, mention.savedName());
        }
        return new Names(Stated.text(name), Stated.text(username), Stated.text(savedName));
    }
}
