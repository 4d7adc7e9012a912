package dev.twotick.ingest;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.twotick.model.payload.SignedPayload;
import dev.twotick.model.process.Loop;
import dev.twotick.queue.MasterConnections;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.RedisKeys;
import dev.twotick.queue.StreamBatch;
import dev.twotick.queue.StreamBatch.Link;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/// Pushes logged payloads to the workers, onto one stream, behind Meta's back: nobody waits for it. What it
/// cannot push it counts and forgets, because the worker's requeue finds every log row that no worker has seen.
/// Where another Redis may become the master, what that one lacks is pushed again ([PushChain]), sooner than
/// requeue would.
final class PayloadStream {
    private static final Logger log = LoggerFactory.getLogger(PayloadStream.class);
    private static final int PIPELINE = 1_024;
    private static final int ENTRY_OVERHEAD = 512;
    private static final long LOOK_MS = 1_000;
    private static final Waiting END = new Waiting(List.of(), 0, 0);
    // requeue takes a row for unpushed ten seconds after it saw it: what waited longer is left to it
    private static final long LATE_NANOS = 5_000_000_000L;

    private final RedisClient redis;
    private final RedisKeys keys;
    private final RedisWatch watch;
    private final IngestMetrics metrics;
    private final long maxEntries;
    private final long maxBytes;
    private final long maxWaitingBytes;
    private final PushChain chain;
    private final BlockingQueue<Waiting> waiting = new LinkedBlockingQueue<>();
    private final AtomicLong waitingBytes = new AtomicLong();
    private final Thread pusher;
    private long length; // of the stream when last seen, and what it took of Redis' memory
    private long used;

    /// @param thread          its name
    /// @param maxEntries      in the stream; beyond them the log is the queue
    /// @param maxBytes        of Redis' memory that the stream may take, likewise
    /// @param maxWaitingBytes that wait here at one time
    PayloadStream(
            RedisWatch watch,
            String thread,
            long maxEntries,
            long maxBytes,
            long maxWaitingBytes,
            IngestMetrics metrics) {
        this.redis = watch.partition().redis();
        this.keys = watch.partition().keys();
        this.watch = watch;
        this.chain = new PushChain(keys);
        this.pusher = Loop.thread(thread, this::pushNext);
        this.maxEntries = maxEntries;
        this.maxBytes = maxBytes;
        this.maxWaitingBytes = maxWaitingBytes;
        this.metrics = metrics;
    }

    /// @param bytes what the entries hold: of a long body, which stays in the log, nothing
    /// @param since [System#nanoTime] of the commit
    private record Waiting(List<QueuedPayload> entries, long bytes, long since) {}

    void start() {
        pusher.start();
    }

    /// Never waits.
    void push(List<SignedPayload> payloads) {
        if (!watch.seen().answers() && !watch.mayFailOver()) {
            metrics.pushed("redis_down", payloads.size());
            return;
        }
        List<QueuedPayload> entries =
                payloads.stream().map(QueuedPayload::logged).toList();
        long bytes = bytes(entries);
        if (waitingBytes.addAndGet(bytes) > maxWaitingBytes) {
            waitingBytes.addAndGet(-bytes);
            metrics.pushed("behind", payloads.size());
            return;
        }
        waiting.add(new Waiting(entries, bytes, System.nanoTime()));
    }

    private static long bytes(List<QueuedPayload> entries) {
        long bytes = 0;
        for (QueuedPayload entry : entries) {
            byte[] body = entry.body();
            bytes += (body == null ? 0 : body.length) + ENTRY_OVERHEAD;
        }
        return bytes;
    }

    /// @return false when the end was reached
    private boolean pushNext() throws InterruptedException {
        List<QueuedPayload> batch = new ArrayList<>();
        Waiting next = chain.isEmpty() ? waiting.take() : waiting.poll(LOOK_MS, MILLISECONDS);
        if (next == null) {
            lookAtChain();
        }
        while (next != null && !END.equals(next)) {
            if (System.nanoTime() - next.since > LATE_NANOS) {
                metrics.pushed("late", next.entries.size());
                waitingBytes.addAndGet(-next.bytes);
            } else {
                batch.addAll(next.entries);
            }
            next = batch.size() < PIPELINE ? waiting.poll() : null;
        }
        try {
            send(batch, "pushed");
        } finally {
            waitingBytes.addAndGet(-bytes(batch));
        }
        sendForgotten();
        return !END.equals(next);
    }

    /// Nobody may post for a while after a failover.
    private void lookAtChain() {
        try {
            if (watch.seen().answers()) {
                chain.found(redis.get(chain.key()));
            }
        } catch (JedisException e) {
            watch.failed(e);
        }
    }

    private void sendForgotten() {
        List<QueuedPayload> forgotten = chain.takeForgotten(PIPELINE);
        while (!forgotten.isEmpty()) {
            log.warn("push=again payloads={}: Redis does not have them, after a failover perhaps", forgotten.size());
            send(forgotten, "again");
            forgotten = chain.takeForgotten(PIPELINE);
        }
    }

    /// @param pushed what those count as that the stream takes
    private void send(List<QueuedPayload> batch, String pushed) {
        if (batch.isEmpty()) {
            return;
        }
        if (!watch.seen().answers() && watch.mayFailOver()) {
            chain.begin(batch);
            metrics.pushed("redis_down", batch.size());
            return;
        }
        Link link = null;
        try {
            int room = room(batch);
            metrics.pushed("stream_full", batch.size() - room);
            link = watch.mayFailOver() && room > 0 ? chain.begin(batch.subList(0, room)) : null;
            Optional<JedisDataException> refusal = add(batch.subList(0, room), link);
            if (refusal.filter(MasterConnections::takesNoWrites).isPresent()) {
                watch.partition().resolveAnew();
                refusal = add(batch.subList(0, room), link);
            }
            metrics.pushed(refusal.isEmpty() ? pushed : "failed", room);
            refusal.filter(MasterConnections::takesNoWrites).ifPresent(watch::failed);
        } catch (JedisException e) {
            if (link == null && watch.mayFailOver()) {
                chain.begin(batch);
            }
            metrics.pushed("failed", batch.size());
            watch.failed(e);
        }
    }

    /// How many of these, from the first on, the stream may take.
    private int room(List<QueuedPayload> wanted) {
        if (maxEntries - length < wanted.size() || maxBytes - used < bytes(wanted)) {
            length = redis.xlen(keys.payloads());
            used = orZero(redis.memoryUsage(keys.payloads()));
        }
        int room = Math.clamp(maxEntries - length, 0, wanted.size());
        while (room > 0 && maxBytes - used < bytes(wanted.subList(0, room))) {
            room /= 2;
        }
        return room;
    }

    private static long orZero(@Nullable Long bytes) {
        return bytes == null ? 0 : bytes;
    }

    private Optional<JedisDataException> add(List<QueuedPayload> entries, @Nullable Link link) {
        if (entries.isEmpty()) {
            return Optional.empty();
        }
        StreamBatch batch;
        try (Pipeline pipeline = redis.pipelined()) {
            batch = StreamBatch.of(pipeline, keys.payloads(), entries, link);
            Response<Long> inStream = pipeline.xlen(keys.payloads());
            Response<Long> bytes = pipeline.memoryUsage(keys.payloads());
            pipeline.sync();
            length = inStream.get();
            used = orZero(bytes.get());
        }
        Optional<JedisDataException> refusal = batch.refusal();
        if (link != null && refusal.isEmpty()) {
            chain.follows(link, batch.before());
        }
        return refusal;
    }

    /// Pushes what waits, and ends.
    void end() {
        waiting.add(END);
    }

    /// Call after [#end].
    ///
    /// @param most for that
    void awaitEnd(Duration most) {
        try {
            if (!pusher.join(most)) {
                log.warn("push=cut_off batches={}", waiting.size());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        pusher.interrupt();
    }
}
