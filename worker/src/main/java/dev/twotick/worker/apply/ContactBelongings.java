package dev.twotick.worker.apply;

import dev.twotick.worker.messages.ConversationHandover;
import dev.twotick.worker.notices.ContactPreferences;
import dev.twotick.worker.notices.SignupSubscriptions;
import dev.twotick.worker.people.Belongings.Move;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;

/// Has everything that belongs to an id follow it to its contact. Every table that refers to `contact` is
/// dealt with here, or by a class that this one calls; a test compares them with the foreign keys that there
/// are.
public final class ContactBelongings {

    /// As [dev.twotick.worker.people.Belongings] has it.
    public static void follow(DSLContext tx, List<Move> moves, NavigableMap<UUID, UUID> merged, Set<UUID> touched) {
        ConversationHandover.follow(tx, moves, merged);
        ContactPreferences.derive(tx, touched);
        SignupSubscriptions.derive(tx, touched, merged);
    }

    private ContactBelongings() {}
}
