package dev.twotick.worker.people;

import dev.twotick.worker.batch.DatedText;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// What a contact is called: of each kind of name the greatest (Meta's time, text) over the contact's mentions.
///
/// @param name      as the person has it in their profile
/// @param savedName as the business has it in its own address book
record ContactNames(
        @Nullable DatedText name,
        @Nullable DatedText username,
        @Nullable DatedText savedName) {
    static final ContactNames NONE = new ContactNames(null, null, null);

    static ContactNames of(Collection<Mention> mentions) {
        return mentions.stream().map(ContactNames::of).reduce(NONE, ContactNames::and);
    }

    static ContactNames of(Mention mention) {
        return new ContactNames(mention.name(), mention.username(), mention.savedName());
    }

    /// Both in one, as the SQL has it for what a contact is called and what a batch says.
    ContactNames and(ContactNames other) {
        return new ContactNames(
                DatedText.later(name, other.name),
                DatedText.later(username, other.username),
                DatedText.later(savedName, other.savedName));
    }
}
