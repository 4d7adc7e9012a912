package dev.twotick.worker.replay;

import dev.twotick.db.payloadlog.LoggedPayloads;
import dev.twotick.db.payloadlog.PayloadSelection;
import dev.twotick.db.payloadlog.SelectedPayloads;
import dev.twotick.queue.Partitions;
import dev.twotick.queue.QueuedPayload;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jooq.DSLContext;

/// Sends chosen payloads of the log their way again. Harmless however often: what the database knows changes nothing,
/// and only an outcome is added. Events that were raised before are not raised again; that is what resend is for.
///
/// Memory does not grow with the selection. An interrupt ends it in good order: what is in the stream by then is
/// processed all the same.
public final class Replay {
    private static final int BATCH = 256;
    private static final long MAX_BYTES = 8L * 1024 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final DSLContext db;
    private final LoggedEntries entries;
    private final LoggedPayloads log;

    public Replay(DSLContext db) {
        this.db = db;
        this.log = new LoggedPayloads(db);
        this.entries = new LoggedEntries(log);
    }

    /// How many payloads would be replayed; changes nothing.
    public long count(PayloadSelection selection) {
        return selected(selection).count();
    }

    /// Through the stream, among live traffic, at most [StreamFeed#WINDOW] at a time: the workers do it.
    ///
    /// @param perSecond at most so many payloads a second; zero: as fast as they finish
    public ReplayResult throughStream(
            PayloadSelection selection, int perSecond, Partitions redis, ReplayProgress progress) {
        return throughStream(selection, perSecond, new StreamFeed(db, redis, PATIENCE), progress);
    }

    ReplayResult throughStream(PayloadSelection selection, int perSecond, StreamFeed feed, ReplayProgress progress) {
        return run(
                selection,
                progress,
                tally -> feed.feed(
                        new ReplaySource(selected(selection), entries::forStream, MAX_BYTES),
                        new Pace(perSecond, System::nanoTime),
                        tally));
    }

    /// In this process, without Redis and without workers.
    public ReplayResult inProcess(
            PayloadSelection selection, int perSecond, PayloadSink sink, ReplayProgress progress) {
        PayloadOutcomes outcomes = new PayloadOutcomes(db);
        ReplaySource source = new ReplaySource(selected(selection), entries::whole, MAX_BYTES);
        Pace pace = new Pace(perSecond, System::nanoTime);
        return run(selection, progress, tally -> {
            List<QueuedPayload> batch = source.next(BATCH, pace);
            while (!batch.isEmpty()) {
                tally.pushing(batch);
                sink.process(batch);
                tally.finished(outcomes.of(batch));
                batch = source.next(BATCH, pace);
            }
        });
    }

    private interface Work {
        void with(ReplayTally tally) throws InterruptedException;
    }

    private ReplayResult run(PayloadSelection selection, ReplayProgress progress, Work work) {
        long count = count(selection);
        progress.selected(count);
        ReplayTally tally = new ReplayTally(progress);
        try {
            work.with(tally);
            return tally.ended(count);
        } catch (InterruptedException e) {
            return tally.interrupted(count, selection.since().orElse(Instant.EPOCH));
        }
    }

    private SelectedPayloads selected(PayloadSelection selection) {
        return new SelectedPayloads(db, log, selection);
    }
}
