package dev.twotick.worker.outbox;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One hook call that this process has leased and must make, or give back, before the lease ends.
///
/// @param body the JSON in UTF-8, as it is signed and sent: what most of a call's memory is
/// @param app of Meta's form: whose secret signs it, as Meta does
/// @param line of an ordered endpoint: the calls of which this is the first; null: it waits for none
/// @param attempt how many were made before
/// @param alone it goes in no batch
/// @param claim proves the lease when the outcome is recorded
/// @param leaseEnd in [System#nanoTime]: measured from before the lease was asked for, so never later than
///     the database's own end of it, whatever the clocks of both say
public record OwedCall(
        UUID endpointId,
        UUID eventId,
        String type,
        byte[] body,
        @Nullable String app,
        @Nullable Long line,
        int attempt,
        boolean alone,
        UUID claim,
        long leaseEnd) {

    private static final byte[] NO_BODY = {};

    /// What of it is needed to record its outcome.
    OwedCall withoutBody() {
        return new OwedCall(endpointId, eventId, type, NO_BODY, app, line, attempt, alone, claim, leaseEnd);
    }

    /// Zero or less when the lease has run out.
    public Duration leaseLeft() {
        return Duration.ofNanos(leaseEnd - System.nanoTime());
    }
}
