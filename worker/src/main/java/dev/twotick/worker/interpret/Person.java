package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.model.whatsapp.UserIdentifier.ParentUserId;
import dev.twotick.model.whatsapp.UserIdentifier.UserId;
import dev.twotick.model.whatsapp.UserIdentifier.WaId;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Somebody whom an item names, matched with an entry of `contacts[]` by identifier, never by position.
///
/// @param waId         digits, without `+`
/// @param userId       business-scoped user id
/// @param parentUserId the portfolio's
/// @param name         profile name
/// @param statedAt     when name and username were stated: the greatest of Meta's times in the same value
public record Person(
        @Nullable String waId,
        @Nullable String userId,
        @Nullable String parentUserId,
        @Nullable String name,
        @Nullable String username,
        @Nullable Instant statedAt) {

    public Person {
        if (waId == null && userId == null && parentUserId == null) {
            throw new IllegalArgumentException("a person is known by at least one identity");
        }
    }

    Identities ids() {
        return new Identities(waId, userId, parentUserId);
    }

    /// This person with the ids that the other one has, if both are the same.
    Person with(Person other) {
        if (!ids().isSamePerson(other.ids())) {
            return this;
        }
        Identities both = ids().or(other.ids());
        return both.equals(ids())
                ? this
                : new Person(both.waId(), both.userId(), both.parentUserId(), name, username, statedAt);
    }

    /// The one id that stands for somebody who was named by several: the business-scoped user id if there is one, then
    /// the parent's, then the number, which can pass to somebody else.
    public UserIdentifier strongest() {
        return userId != null
                ? new UserId(userId)
                : parentUserId != null ? new ParentUserId(parentUserId) : new WaId(Objects.requireNonNull(waId));
    }
}
