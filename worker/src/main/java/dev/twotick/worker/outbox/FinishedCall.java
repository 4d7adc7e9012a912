package dev.twotick.worker.outbox;

import java.time.Duration;

/// Without its body, so that outcomes that wait for PostgreSQL are small.
///
/// @param startedAt in [System#nanoTime]
/// @param trace how the attempt went
public record FinishedCall(OwedCall call, CallOutcome outcome, long startedAt, Duration took, CallTrace trace) {

    public FinishedCall {
        call = call.withoutBody();
    }

    /// Of which no more is known.
    public FinishedCall(OwedCall call, CallOutcome outcome, long startedAt, Duration took) {
        this(call, outcome, startedAt, took, CallTrace.NONE);
    }

    /// The lease is given back.
    public static FinishedCall unsent(OwedCall call) {
        return new FinishedCall(call, new CallOutcome.Unsent(), System.nanoTime(), Duration.ZERO);
    }

    public boolean wasSent() {
        return !(outcome instanceof CallOutcome.Unsent);
    }

    /// How much of the answer it holds.
    public int answerLength() {
        return trace.answer() == null ? 0 : trace.answer().length();
    }

    public FinishedCall withoutAnswer() {
        return new FinishedCall(call, outcome, startedAt, took, trace.withoutAnswer());
    }

    /// Without the words of others, of which PostgreSQL may refuse some.
    public FinishedCall inOurWords(String why) {
        return new FinishedCall(call, outcome.inOurWords(why), startedAt, took, trace.withoutAnswer());
    }
}
