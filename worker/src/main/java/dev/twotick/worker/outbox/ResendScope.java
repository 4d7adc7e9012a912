package dev.twotick.worker.outbox;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// What one resend goes through, and for whom.
///
/// @param type a glob
/// @param ids of these events alone; empty: of all
/// @param accounts of these `phone_number_id`s alone; empty: of all
/// @param conversation of whose messages alone
/// @param from when an event was raised, inclusive
/// @param before exclusive
record ResendScope(
        UUID endpoint,
        String type,
        Set<UUID> ids,
        Set<String> accounts,
        Optional<Long> conversation,
        Resend.Only only,
        Instant from,
        Instant before) {

    ResendScope {
        ids = Set.copyOf(ids);
        accounts = Set.copyOf(accounts);
    }

    /// An event's place among all that are kept, in the order in which they were raised.
    record Position(Instant raisedAt, long page, int place) {
        static Position before(Instant from) {
            return new Position(from, 0, 0);
        }

        Position endOfPage() {
            return new Position(raisedAt, page, Integer.MAX_VALUE);
        }
    }

    Position start() {
        return Position.before(from);
    }
}
