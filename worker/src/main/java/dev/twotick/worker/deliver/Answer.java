package dev.twotick.worker.deliver;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What came of one exchange with a receiver.
sealed interface Answer {

    /// @param retryAfter what the receiver asked for, if it did
    /// @param bodyBytes how long the call's body was
    record Status(int code, @Nullable Duration retryAfter, long bodyBytes) implements Answer {}

    record None(String error) implements Answer {}
}
