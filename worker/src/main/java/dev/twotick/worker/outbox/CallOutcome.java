package dev.twotick.worker.outbox;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What became of a call. Whether and when it is tried again is decided where the answer is seen, and carried here.
public sealed interface CallOutcome {

    /// The receiver answered 2xx.
    record Delivered(int status) implements CallOutcome {}

    /// @param status null when there was no answer
    record RetryIn(Duration delay, @Nullable Integer status, String error) implements CallOutcome {}

    /// The last attempt failed too: the delivery stays as a dead letter.
    record Abandoned(@Nullable Integer status, String error) implements CallOutcome {}

    /// A code that its endpoint has declared final: the call is a dead letter at once. It follows from what the call
    /// holds, and so says nothing of the endpoint.
    record Refused(int status, String error) implements CallOutcome {}

    /// A batch was answered with what may be for one of its events: each goes again by itself, so that the others are
    /// not held up by it.
    ///
    /// @param isFinal a code that its endpoint has declared final, which says nothing of the endpoint
    record Apart(Duration delay, int status, String error, boolean isFinal) implements CallOutcome {}

    /// 410: the receiver wants no more calls. The endpoint is disabled.
    record Gone() implements CallOutcome {}

    /// No attempt was made: the lease is given back.
    record Unsent() implements CallOutcome {}

    /// The same without the words of others, of which PostgreSQL may refuse some.
    default CallOutcome inOurWords(String why) {
        return switch (this) {
            case RetryIn(Duration delay, Integer status, String _) -> new RetryIn(delay, status, why);
            case Abandoned(Integer status, String _) -> new Abandoned(status, why);
            case Delivered _, Refused _, Apart _, Gone _, Unsent _ -> this;
        };
    }

    /// When the call is due again; null: it is not made again.
    default @Nullable Duration retryIn() {
        return switch (this) {
            case RetryIn retry -> retry.delay();
            case Apart apart -> apart.delay();
            case Delivered _, Abandoned _, Refused _, Gone _, Unsent _ -> null;
        };
    }

    /// How the attempt stands in `hook_attempt`; null: it does not.
    default @Nullable String recordedAs() {
        return switch (this) {
            case Delivered _ -> "delivered";
            case RetryIn _, Apart _ -> "retry";
            case Abandoned _, Refused _, Gone _ -> "dead";
            case Unsent _ -> null;
        };
    }

    default @Nullable Integer statusCode() {
        return switch (this) {
            case Delivered delivered -> delivered.status();
            case RetryIn retry -> retry.status();
            case Abandoned abandoned -> abandoned.status();
            case Refused refused -> refused.status();
            case Apart apart -> apart.status();
            case Gone _ -> 410;
            case Unsent _ -> null;
        };
    }

    default @Nullable String error() {
        return switch (this) {
            case RetryIn retry -> retry.error();
            case Abandoned abandoned -> abandoned.error();
            case Refused refused -> refused.error();
            case Apart apart -> apart.error();
            case Gone _ -> "HTTP 410: the endpoint is disabled";
            case Delivered _, Unsent _ -> null;
        };
    }
}
