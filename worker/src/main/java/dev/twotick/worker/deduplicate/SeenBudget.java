package dev.twotick.worker.deduplicate;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.twotick.queue.Partition;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import redis.clients.jedis.Pipeline;

/// How much memory the remembered facts take: all workers count what they write into one counter an hour, and the
/// counters of the hours that are still remembered are what is there.
final class SeenBudget {
    /// Bytes that one remembered fact takes in Redis, measured: 180 to 220.
    static final long BYTES_PER_FACT = 200;

    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);

    private final SeenSettings settings;
    private final Partition partition;
    private final InstantSource clock;
    private volatile Instant looked = Instant.MIN;
    private final AtomicLong facts = new AtomicLong();

    SeenBudget(SeenSettings settings, Partition partition, InstantSource clock) {
        this.partition = partition;
        this.settings = settings;
        this.clock = clock;
    }

    /// Whether `more` facts would go beyond the budget.
    boolean isSpent(int more) {
        Instant now = clock.instant();
        if (now.isBefore(looked) || now.isAfter(looked.plus(LOOK_EVERY))) {
            facts.set(count(now));
            looked = now;
        }
        return (facts.get() + more) * BYTES_PER_FACT > settings.maxMb() * 1024L * 1024L;
    }

    /// Counts what the same pipeline writes.
    void spend(Pipeline pipeline, int more) {
        String hour = partition.keys().seenCount(hourOf(clock.instant()));
        pipeline.incrBy(hour, more);
        pipeline.expire(hour, settings.ttl().plusHours(2).toSeconds());
        facts.addAndGet(more);
    }

    long bytes() {
        return facts.get() * BYTES_PER_FACT;
    }

    private long count(Instant now) {
        long last = hourOf(now);
        byte[][] hours = LongStream.rangeClosed(last - settings.ttl().toHours() - 1, last)
                .mapToObj(hour -> partition.keys().seenCount(hour).getBytes(US_ASCII))
                .toArray(byte[][]::new);
        List<byte[]> counts = partition.redis().mget(hours);
        return counts.stream()
                .filter(Objects::nonNull)
                .mapToLong(count -> Long.parseLong(new String(count, US_ASCII)))
                .sum();
    }

    private static long hourOf(Instant at) {
        return at.getEpochSecond() / 3600;
    }
}
