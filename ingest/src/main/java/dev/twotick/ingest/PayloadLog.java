package dev.twotick.ingest;

import dev.twotick.ingest.Receipt.Logged;
import dev.twotick.ingest.Receipt.Refused;
import dev.twotick.model.payload.SignedPayload;
import dev.twotick.model.process.Loop;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log by group commit: requests queue their payloads; a committer takes what has gathered, writes it in one
/// statement and one commit, and answers all of them. A post alone waits for nobody: while a batch is being written the
/// next one gathers by itself ([Gathering]).
final class PayloadLog implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PayloadLog.class);
    static final int COMMITTERS = 2;
    /// Every request is answered within 4 s of its body's arrival.
    private static final Duration DEADLINE = Duration.ofMillis(3_900);
    /// As long as PostgreSQL's answer may take; what is abandoned can still be parked in time.
    private static final Duration LONGEST_WRITE = Duration.ofSeconds(3);
    private static final Duration LOOK = Duration.ofMillis(50);

    private final PayloadLogTable table;
    private final ToLogStream toLog;
    private final PayloadStreams streams;
    private final StoreWatch watch;
    private final IngestMetrics metrics;
    private final Gathering gathering;
    private final List<Thread> committers = new ArrayList<>();
    private final Thread deadline = Loop.thread("payload-log-deadline", this::endLate);

    PayloadLog(
            PayloadLogTable table,
            ToLogStream toLog,
            PayloadStreams streams,
            StoreWatch watch,
            int queueEntries,
            long batchBytes,
            IngestMetrics metrics) {
        this.table = table;
        this.toLog = toLog;
        this.streams = streams;
        this.watch = watch;
        this.metrics = metrics;
        this.gathering = new Gathering(queueEntries, batchBytes);
        metrics.gauge("twotick.ingest.queue", "payloads that wait for the log", gathering::size);
    }

    void start() {
        for (int i = 1; i <= COMMITTERS; i++) {
            committers.add(Loop.thread("payload-log-" + i, this::commitNext));
        }
        committers.forEach(Thread::start);
        deadline.setDaemon(true);
        deadline.start();
    }

    /// Never waits.
    ///
    /// @param whenKnown is told once that the payload is safe, or is known not to be; it must not block
    void keep(SignedPayload payload, Consumer<Receipt> whenKnown) {
        Gathering.Waiting waiting = new Gathering.Waiting(payload, whenKnown);
        if (!gathering.add(waiting)) {
            waiting.answer(new Refused("queue full"));
        }
    }

    /// @return false when the log is closing, and there is nothing left to write
    private boolean commitNext() throws InterruptedException {
        List<Gathering.Waiting> batch = gathering.takeBatch();
        if (batch.isEmpty()) {
            return false;
        }
        List<SignedPayload> payloads =
                batch.stream().map(Gathering.Waiting::payload).toList();
        List<Receipt> receipts = store(payloads);
        gathering.written(batch);
        if (receipts.getFirst() instanceof Logged) {
            pushBehind(payloads); // before the answers: each is a write to a socket, and workers need not wait for it
        }
        for (int i = 0; i < receipts.size(); i++) {
            batch.get(i).answer(receipts.get(i));
        }
        return true;
    }

    private List<Receipt> store(List<SignedPayload> payloads) {
        try {
            return watch.postgres().answers() ? insert(payloads) : toLog.park(payloads);
        } catch (RuntimeException e) {
            log.error("batch=failed payloads={}", payloads.size(), e);
            return Collections.nCopies(payloads.size(), new Refused("fault"));
        }
    }

    /// They are in the log, whatever comes of it here.
    private void pushBehind(List<SignedPayload> payloads) {
        try {
            streams.push(payloads);
        } catch (RuntimeException e) {
            log.error("push=failed payloads={}: requeue finds them", payloads.size(), e);
        }
    }

    private List<Receipt> insert(List<SignedPayload> payloads) {
        try {
            metrics.commit(payloads.size(), () -> table.insert(payloads));
        } catch (SQLException e) {
            watch.postgresFailed(e);
            return toLog.park(payloads);
        }
        return Collections.nCopies(payloads.size(), new Logged());
    }

    /// One that a committer has in hand may be safe a moment later: then Meta sends it twice, which is harmless.
    private boolean endLate() throws InterruptedException {
        Thread.sleep(LOOK);
        table.abandonWritesLongerThan(LONGEST_WRITE);
        gathering.olderThan(DEADLINE).forEach(waiting -> waiting.answer(new Refused("late")));
        return true;
    }

    /// Writes what has gathered and ends; call it when no request can come any more.
    @Override
    public void close() {
        gathering.close();
        try {
            for (Thread committer : committers) {
                committer.join(DEADLINE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        deadline.interrupt();
    }
}
