package dev.twotick.worker.deliver;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Compares this machine's clock, which makes `webhook-timestamp`, with PostgreSQL's: receivers refuse a call that is
/// more than five minutes off their own clock, and say no more than 401.
final class ClockWatch {
    private static final Logger log = LoggerFactory.getLogger(ClockWatch.class);
    private static final Duration EVERY = Duration.ofMinutes(1);
    private static final Duration TOLERATED = Duration.ofMinutes(1);

    private final InstantSource clock;
    private long due = System.nanoTime();
    private volatile Duration ahead = Duration.ZERO;

    ClockWatch(InstantSource clock) {
        this.clock = clock;
    }

    /// Once a minute; otherwise it does nothing.
    void look(Supplier<Instant> database) {
        if (System.nanoTime() - due < 0) {
            return;
        }
        due = System.nanoTime() + EVERY.toNanos();
        Instant before = clock.instant();
        Instant there = database.get();
        boolean wasOff = isOff();
        ahead = aheadOf(there, before, clock.instant());
        if (isOff() && !wasOff) {
            log.warn(
                    "hook clock=off ahead_of_postgresql_s={}: receivers refuse calls whose webhook-timestamp is five"
                            + " minutes off; set the clock of this machine, or of PostgreSQL's (NTP)",
                    ahead.toSeconds());
        } else if (wasOff && !isOff()) {
            log.info("hook clock=right");
        }
    }

    private boolean isOff() {
        return ahead.abs().compareTo(TOLERATED) > 0;
    }

    /// Its time was asked for between the two of ours.
    private static Duration aheadOf(Instant there, Instant before, Instant after) {
        if (there.isBefore(before)) {
            return Duration.between(there, before);
        }
        return there.isAfter(after) ? Duration.between(there, after) : Duration.ZERO;
    }

    /// Negative when it is behind.
    long aheadSeconds() {
        return ahead.toSeconds();
    }
}
