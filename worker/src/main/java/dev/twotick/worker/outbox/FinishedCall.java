package dev.twotick.worker.outbox;

import java.time.Duration;

/// Without its body, so that outcomes that wait for PostgreSQL are small.
///
/// @param startedAt in [System#nanoTime]
public record FinishedCall(OwedCall call, CallOutcome outcome, long startedAt, Duration took) {

    public FinishedCall {
        call = call.withoutBody();
    }

    /// The lease is given back.
    public static FinishedCall unsent(OwedCall call) {
        return new FinishedCall(call, new CallOutcome.Unsent(), System.nanoTime(), Duration.ZERO);
    }

    public boolean wasSent() {
        return !(outcome instanceof CallOutcome.Unsent);
    }
}
