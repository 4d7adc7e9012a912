package dev.twotick.worker.replay;

import dev.twotick.db.payloadlog.LoggedPayloads;
import dev.twotick.db.payloadlog.PayloadSelection;
import dev.twotick.db.payloadlog.SelectedPayloads;
import dev.twotick.queue.QueuedPayload;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;

/// Reads chosen payloads of the log once more, to fill columns that rows lack, without any effect. In this process: no
/// stream, no outcome. Each batch is committed by itself, and what is filled is not filled again; so whatever ended it,
/// it goes on from the time that was reported last.
public final class Refill {
    private static final int BATCH = 256;
    private static final long MAX_BYTES = 8L * 1024 * 1024;

    private final DSLContext db;
    private final LoggedPayloads log;

    public Refill(DSLContext db) {
        this.db = db;
        this.log = new LoggedPayloads(db);
    }

    /// Where the payloads go.
    public interface Filler {
        /// Returns when all that they fill is committed.
        Filled fill(List<QueuedPayload> payloads) throws InterruptedException;
    }

    /// @param rows   that lacked something
    /// @param failed payloads that could not be read, or of which the database refused a value
    public record Filled(long rows, long failed) {
        public Filled plus(Filled other) {
            return new Filled(rows + other.rows, failed + other.failed);
        }
    }

    /// Hears how it goes on.
    public interface Progress {
        /// How many payloads were selected.
        void selected(long payloads);

        /// @param payloads done so far
        /// @param from     the `since` that goes on from here
        void at(long payloads, Filled filled, Instant from);
    }

    /// @param resumeSince when it was interrupted: the `--since` that goes on from here, the other flags as they were
    public record Result(long selected, long payloads, Filled filled, Optional<Instant> resumeSince) {}

    /// An interrupt ends it in good order.
    ///
    /// @param perSecond at most so many payloads a second; zero: no limit
    public Result run(PayloadSelection selection, int perSecond, Filler filler, Progress progress) {
        long selected = new SelectedPayloads(db, log, selection).count();
        progress.selected(selected);
        ReplaySource source =
                new ReplaySource(new SelectedPayloads(db, log, selection), new LoggedEntries(log)::whole, MAX_BYTES);
        Pace pace = new Pace(perSecond, System::nanoTime);
        Filled filled = new Filled(0, 0);
        long done = 0;
        Instant from = selection.since().orElse(Instant.EPOCH);
        try {
            List<QueuedPayload> batch = source.next(BATCH, pace);
            while (!batch.isEmpty()) {
                filled = filled.plus(filler.fill(batch));
                done += batch.size();
                from = batch.getLast().id().time();
                progress.at(done, filled, from);
                batch = source.next(BATCH, pace);
            }
            return new Result(selected, done, filled, Optional.empty());
        } catch (InterruptedException e) {
            return new Result(selected, done, filled, Optional.of(from));
        }
    }
}
