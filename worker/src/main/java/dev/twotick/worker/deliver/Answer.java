package dev.twotick.worker.deliver;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What came of one exchange with a receiver.
sealed interface Answer {

    /// @param retryAfter what the receiver asked for, if it did
    record Status(int code, @Nullable Duration retryAfter) implements Answer {}

    record None(String error) implements Answer {}
}
