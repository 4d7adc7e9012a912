package dev.twotick.worker;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Something that costs and that anybody may ask for: found out once a second at most, and those who come meanwhile
/// share it.
final class Recent<T> {
    private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

    private final Supplier<T> source;
    private @Nullable T last;
    private long askedAt;

    Recent(Supplier<T> source) {
        this.source = source;
    }

    synchronized T get() {
        T known = last;
        if (known != null && System.nanoTime() - askedAt < FRESH_NANOS) {
            return known;
        }
        T found = source.get();
        last = found;
        askedAt = System.nanoTime();
        return found;
    }
}
