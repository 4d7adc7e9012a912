package dev.twotick.worker.outbox;

import java.time.Duration;

/// @param startedAt in [System#nanoTime]
public record FinishedCall(OwedCall call, CallOutcome outcome, long startedAt, Duration took) {

    /// The lease is given back.
    public static FinishedCall unsent(OwedCall call) {
        return new FinishedCall(call, new CallOutcome.Unsent(), System.nanoTime(), Duration.ZERO);
    }

    public boolean wasSent() {
        return !(outcome instanceof CallOutcome.Unsent);
    }
}
