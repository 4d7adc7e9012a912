package dev.twotick.worker.outbox;

import java.time.Duration;
import java.util.UUID;

/// One hook call that this process has leased and must make, or give back, before the lease ends.
///
/// @param attempt how many were made before
/// @param claim proves the lease when the outcome is recorded
/// @param leaseEnd in [System#nanoTime]: measured from before the lease was asked for, so never later than
///     the database's own end of it, whatever the clocks of both say
public record OwedCall(
        UUID endpointId, UUID eventId, String type, String body, int attempt, UUID claim, long leaseEnd) {

    /// Zero or less when the lease has run out.
    public Duration leaseLeft() {
        return Duration.ofNanos(leaseEnd - System.nanoTime());
    }
}
