package dev.twotick.ingest;

import dev.twotick.ingest.Receipt.Logged;
import dev.twotick.ingest.Receipt.Refused;
import dev.twotick.model.payload.SignedPayload;
import dev.twotick.model.process.Loop;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log by group commit: requests queue their payloads and wait; a committer takes what has gathered, writes it in
/// one statement and one commit, and answers all of them. Nobody waits for a batch to fill: while a batch is being
/// written the next one gathers by itself.
final class PayloadLog implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PayloadLog.class);
    static final int COMMITTERS = 2;
    private static final int BATCH_ENTRIES = 1_024;
    /// Every request is answered within 4 s of its body's arrival.
    private static final Duration DEADLINE = Duration.ofMillis(3_900);

    private final PayloadLogTable table;
    private final ToLogStream toLog;
    private final PayloadStream stream;
    private final StoreWatch watch;
    private final long batchBytes;
    private final IngestMetrics metrics;
    private final BlockingQueue<Waiting> queue;
    private final List<Thread> committers = new ArrayList<>();

    private record Waiting(SignedPayload payload, CompletableFuture<Receipt> receipt) {
        static final Waiting END = of(SignedPayload.received(Instant.EPOCH, new byte[0], new byte[0], ""));

        static Waiting of(SignedPayload payload) {
            return new Waiting(payload, new CompletableFuture<>());
        }
    }

    PayloadLog(
            PayloadLogTable table,
            ToLogStream toLog,
            PayloadStream stream,
            StoreWatch watch,
            int queueEntries,
            long batchBytes,
            IngestMetrics metrics) {
        this.table = table;
        this.toLog = toLog;
        this.stream = stream;
        this.watch = watch;
        this.batchBytes = batchBytes;
        this.metrics = metrics;
        this.queue = new LinkedBlockingQueue<>(queueEntries);
        metrics.gauge("twotick.ingest.queue", "payloads that wait for the log", queue::size);
    }

    void start() {
        for (int i = 1; i <= COMMITTERS; i++) {
            committers.add(Loop.thread("payload-log-" + i, this::commitNext));
        }
        committers.forEach(Thread::start);
    }

    /// Waits until the payload is safe, or is known not to be; the caller's thread is a virtual one.
    Receipt keep(SignedPayload payload) throws InterruptedException {
        Waiting waiting = Waiting.of(payload);
        if (!queue.offer(waiting)) {
            return new Refused("queue full");
        }
        try {
            return waiting.receipt.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            Receipt late = new Refused("late");
            waiting.receipt.complete(late);
            queue.remove(waiting); // a committer has not begun with it, and its body is paid for no longer
            return waiting.receipt.getNow(late);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a receipt is never a failure", e);
        }
    }

    /// @return false when the log is closing, and this batch was the last
    private boolean commitNext() throws InterruptedException {
        List<Waiting> batch = new ArrayList<>();
        boolean open = gather(batch);
        if (!batch.isEmpty()) {
            store(batch);
        }
        return open;
    }

    /// @return false when the log is closing, and this batch is the last
    private boolean gather(List<Waiting> batch) throws InterruptedException {
        long bytes = 0;
        Waiting next = queue.take();
        while (next != null) {
            if (next.equals(Waiting.END)) {
                return false;
            }
            if (!next.receipt.isDone()) {
                batch.add(next);
                bytes += next.payload.body().length;
            }
            next = batch.size() < BATCH_ENTRIES && bytes < batchBytes ? queue.poll() : null;
        }
        return true;
    }

    private void store(List<Waiting> batch) {
        List<SignedPayload> payloads = batch.stream().map(Waiting::payload).toList();
        List<Receipt> receipts;
        try {
            receipts = watch.postgres().answers() ? insert(payloads) : toLog.park(payloads);
        } catch (RuntimeException e) {
            log.error("batch=failed payloads={}", payloads.size(), e);
            receipts = Collections.nCopies(payloads.size(), new Refused("fault"));
        }
        for (int i = 0; i < receipts.size(); i++) {
            batch.get(i).receipt.complete(receipts.get(i));
        }
        if (receipts.getFirst() instanceof Logged) {
            pushBehind(payloads);
        }
    }

    /// They are in the log, whatever comes of it here.
    private void pushBehind(List<SignedPayload> payloads) {
        try {
            stream.push(payloads);
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

    /// Writes what has gathered and ends; call it when no request can come any more.
    @Override
    public void close() {
        try {
            for (int i = 0; i < committers.size(); i++) {
                queue.put(Waiting.END);
            }
            for (Thread committer : committers) {
                committer.join(DEADLINE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
