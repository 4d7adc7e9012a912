package dev.twotick.worker.interpret;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The sender of a message, matched with its `contacts[]` entry by identifier, never by position.
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
}
