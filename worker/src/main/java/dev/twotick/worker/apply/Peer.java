package dev.twotick.worker.apply;

import dev.twotick.worker.interpret.Person;
import org.jspecify.annotations.Nullable;

/// The one id that stands for a person who was named by several: the business-scoped user id if there is one,
/// then the parent's, then the number, which can pass to somebody else.
///
/// @param kind as `contact_identity.kind` has it
record Peer(String kind, String value) {

    static @Nullable Peer of(@Nullable Person person) {
        if (person == null) {
            return null;
        }
        if (person.userId() != null) {
            return new Peer("user_id", person.userId());
        }
        if (person.parentUserId() != null) {
            return new Peer("parent_user_id", person.parentUserId());
        }
        return person.waId() == null ? null : new Peer("wa_id", person.waId());
    }

    /// The more telling the greater; 0 for nobody. [Messages] has the same in SQL.
    static int rank(@Nullable Peer peer) {
        return switch (peer == null ? "" : peer.kind) {
            case "user_id" -> 3;
            case "parent_user_id" -> 2;
            case "wa_id" -> 1;
            default -> 0;
        };
    }

    static @Nullable String kind(@Nullable Person person) {
        Peer peer = of(person);
        return peer == null ? null : peer.kind;
    }

    static @Nullable String value(@Nullable Person person) {
        Peer peer = of(person);
        return peer == null ? null : peer.value;
    }
}
