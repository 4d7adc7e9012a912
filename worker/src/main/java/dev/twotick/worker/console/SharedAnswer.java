package dev.twotick.worker.console;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What many look at again and again, and is the same for all: it is found out once a second at most, by whoever comes
/// first, and never while nobody looks.
final class SharedAnswer<T> {
    private static final Duration GOOD_FOR = Duration.ofSeconds(1);

    private final Supplier<T> question;
    private final LongSupplier nanos;
    private @Nullable T answer;
    private long askedAt;

    /// @param nanos as [System#nanoTime]
    SharedAnswer(Supplier<T> question, LongSupplier nanos) {
        this.question = question;
        this.nanos = nanos;
    }

    /// Whoever comes while it is found out waits for it. A fault is the one's who asked: the next one asks anew.
    synchronized T get() {
        T known = answer;
        if (known != null && nanos.getAsLong() - askedAt < GOOD_FOR.toNanos()) {
            return known;
        }
        answer = null;
        askedAt = nanos.getAsLong();
        T found = question.get();
        answer = found;
        return found;
    }
}
