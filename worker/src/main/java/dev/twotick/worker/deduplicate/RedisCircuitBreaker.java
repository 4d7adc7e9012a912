package dev.twotick.worker.deduplicate;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// After a failure nobody asks Redis for a while: each question would cost a batch its timeout.
final class RedisCircuitBreaker {
    private static final Duration REST = Duration.ofSeconds(2);

    private final InstantSource clock;
    private volatile Instant opened = Instant.EPOCH;

    RedisCircuitBreaker(InstantSource clock) {
        this.clock = clock;
    }

    boolean isOpen() {
        Instant now = clock.instant();
        return !now.isBefore(opened) && now.isBefore(opened.plus(REST)); // a clock that was put back opens nothing
    }

    void open() {
        opened = clock.instant();
    }
}
