package dev.twotick.db.payloadlog;

import dev.twotick.model.payload.PayloadId;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/// Which payloads of the log: those that satisfy everything said here.
///
/// @param ids      these; empty: any
/// @param since    received then or later, by ingest's clock
/// @param until    received before
/// @param failed   only those whose last outcome is `failed`, whole or in part
/// @param accounts only those whose last outcome names one of these phone number ids; a payload without an outcome, or
/// one that nobody could read, belongs to no account; empty: any
public record PayloadSelection(
        Set<PayloadId> ids, Optional<Instant> since, Optional<Instant> until, boolean failed, Set<String> accounts) {

    public PayloadSelection {
        ids = Set.copyOf(ids);
        accounts = Set.copyOf(accounts);
        if (since.isPresent() && until.isPresent() && !since.get().isBefore(until.get())) {
            throw new IllegalArgumentException("--since must be before --until");
        }
    }

    public static PayloadSelection all() {
        return new PayloadSelection(Set.of(), Optional.empty(), Optional.empty(), false, Set.of());
    }

    boolean asksForOutcome() {
        return failed || !accounts.isEmpty();
    }
}
