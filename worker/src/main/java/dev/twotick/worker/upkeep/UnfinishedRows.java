package dev.twotick.worker.upkeep;

import dev.twotick.db.payloadlog.IdRange;
import dev.twotick.db.payloadlog.LoggedPayloads;
import dev.twotick.model.payload.PayloadId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Rows of the log without an outcome, oldest first. A look through all of the log takes seconds at tens of millions of
/// rows; so most looks begin at a bound below which every row was seen to have an outcome. The bound only saves work:
/// a row that became visible behind it is found by the next far look, or by the next look at everything.
final class UnfinishedRows {
    private static final int MOST = 100_000;

    private final LoggedPayloads payloads;
    private final InstantSource clock;
    private final Looks looks;
    private UUID bound = IdRange.LEAST;
    private long lookedAtEverything = System.nanoTime();
    private long lookedFar = System.nanoTime();

    UnfinishedRows(LoggedPayloads payloads, InstantSource clock, Looks looks) {
        this.payloads = payloads;
        this.clock = clock;
        this.looks = looks;
    }

    /// Ids are of the time at which a payload was accepted. A row may become visible long after that: when an ingest's
    /// clock is behind, and when it waited in Redis while PostgreSQL was away.
    ///
    /// @param near       how far back most looks go
    /// @param far        how far back a far look goes
    /// @param farEvery   how often it is taken
    /// @param everything how often all of the log is looked through
    record Looks(Duration near, Duration far, Duration farEvery, Duration everything) {
        static Looks standard() {
            return new Looks(Duration.ofMinutes(2), Duration.ofHours(2), Duration.ofMinutes(1), Duration.ofHours(1));
        }
    }

    void lookAtEverything() {
        bound = IdRange.LEAST;
        lookedAtEverything = System.nanoTime();
    }

    List<UUID> take() {
        if (System.nanoTime() - lookedAtEverything > looks.everything.toNanos()) {
            lookAtEverything();
        }
        Instant now = clock.instant();
        if (System.nanoTime() - lookedFar > looks.farEvery.toNanos()) {
            lookedFar = System.nanoTime();
            UUID far = PayloadId.floor(now.minus(looks.far));
            bound = IdRange.less(far, bound) ? far : bound;
        }
        UUID recent = PayloadId.floor(now.minus(looks.near));
        UUID first = payloads.first().orElse(IdRange.GREATEST);
        UUID end = payloads.last().map(IdRange::after).orElse(IdRange.LEAST);
        List<UUID> rows = new ArrayList<>();
        for (IdRange day : new IdRange(IdRange.less(bound, first) ? first : bound, end).days()) {
            if (rows.size() < MOST) {
                rows.addAll(payloads.withoutOutcome(day, MOST - rows.size()));
            }
        }
        bound = rows.isEmpty() || IdRange.less(recent, rows.getFirst()) ? recent : rows.getFirst();
        return rows;
    }
}
