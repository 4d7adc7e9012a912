package dev.twotick.worker.upkeep;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// What a job leaves alone for a while, by id: so one that fails holds up no other.
final class Resting {
    static final Duration AFTER_A_FAULT = Duration.ofMinutes(1);

    private final InstantSource clock;
    private final Map<Long, Instant> resting = new HashMap<>();

    Resting(InstantSource clock) {
        this.clock = clock;
    }

    /// From now on.
    void rest(long id, Duration time) {
        resting.put(id, clock.instant().plus(time));
    }

    /// Those that have rested are no longer among them. The clock is a question to the database: it is asked only when
    /// there is something to ask about.
    void wake() {
        if (!resting.isEmpty()) {
            Instant now = clock.instant();
            resting.values().removeIf(until -> !until.isAfter(now));
        }
    }

    Set<Long> ids() {
        return resting.keySet();
    }
}
