package dev.twotick.worker.outbox;

import dev.twotick.db.HashedId;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Without its body, so that outcomes that wait for PostgreSQL are small.
///
/// @param startedAt in [System#nanoTime]
/// @param trace how the attempt went
/// @param batch in which the event went, alone or with others; null: the call was the event's own
public record FinishedCall(
        OwedCall call,
        CallOutcome outcome,
        long startedAt,
        Duration took,
        CallTrace trace,
        @Nullable Batch batch) {

    /// One call for several events.
    ///
    /// @param id its `webhook-id`: a hash of its endpoint and of what is in it
    /// @param events so many
    public record Batch(UUID id, int events) {
        /// @return the same for the same events
        public static Batch of(Endpoint endpoint, List<OwedCall> calls) {
            Stream<UUID> ids =
                    Stream.concat(Stream.of(endpoint.id()), calls.stream().map(OwedCall::eventId));
            return new Batch(
                    HashedId.of("batch", ids.map(UUID::toString).collect(Collectors.joining(","))), calls.size());
        }
    }

    public FinishedCall {
        call = call.withoutBody();
    }

    /// Of which no more is known.
    public FinishedCall(OwedCall call, CallOutcome outcome, long startedAt, Duration took) {
        this(call, outcome, startedAt, took, CallTrace.NONE, null);
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
        return new FinishedCall(call, outcome, startedAt, took, trace.withoutAnswer(), batch);
    }

    /// Without the words of others, of which PostgreSQL may refuse some.
    public FinishedCall inOurWords(String why) {
        return new FinishedCall(call, outcome.inOurWords(why), startedAt, took, trace.withoutAnswer(), batch);
    }
}
