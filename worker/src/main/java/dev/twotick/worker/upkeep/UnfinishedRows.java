package dev.twotick.worker.upkeep;

import dev.twotick.model.queue.PayloadId;
import dev.twotick.worker.replay.IdRange;
import dev.twotick.worker.replay.LoggedPayloads;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Rows of the log without an outcome, oldest first. A look through all of the log takes seconds at tens of millions of
/// rows; so most looks begin at a bound below which every row was seen to have an outcome. The bound only saves work:
/// a row that became visible behind it is found by the next look at everything.
final class UnfinishedRows {
    private static final int MOST = 100_000;

    private final LoggedPayloads payloads;
    private final InstantSource clock;
    private final Duration slack;
    private final Duration everything;
    private UUID bound = IdRange.LEAST;
    private long lookedAtEverything = System.nanoTime();

    /// @param slack      how far behind now the bound stays: clocks of ingests differ
    /// @param everything how often the bound is forgotten
    UnfinishedRows(LoggedPayloads payloads, InstantSource clock, Duration slack, Duration everything) {
        this.payloads = payloads;
        this.clock = clock;
        this.slack = slack;
        this.everything = everything;
    }

    void lookAtEverything() {
        bound = IdRange.LEAST;
        lookedAtEverything = System.nanoTime();
    }

    List<UUID> take() {
        if (System.nanoTime() - lookedAtEverything > everything.toNanos()) {
            lookAtEverything();
        }
        UUID recent = PayloadId.floor(clock.instant().minus(slack));
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
