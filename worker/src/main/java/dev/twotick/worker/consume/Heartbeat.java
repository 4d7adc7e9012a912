package dev.twotick.worker.consume;

import dev.twotick.queue.ConsumerGroup;
import dev.twotick.queue.Partition;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisException;

/// Keeps the entries of one stream that this process works on its own, however long the work takes; without it
/// a slow database would look like a dead worker. Looks at the stream's length on the same beat, and now and
/// then for names of the dead.
final class Heartbeat {
    private static final Logger log = LoggerFactory.getLogger(Heartbeat.class);

    private static final Duration BETWEEN_LOOKS = Duration.ofMinutes(10);
    private static final Duration DEAD_FOR_SURE = Duration.ofHours(6);

    private final ConsumeSettings settings;
    private final ConsumerGroup group;
    private final List<StreamConsumer> consumers;
    private final StreamGauges.Sample sample;
    private long lookedForTheDead = System.nanoTime();

    Heartbeat(
            ConsumeSettings settings, Partition partition, List<StreamConsumer> consumers, StreamGauges.Sample sample) {
        this.settings = settings;
        this.group = new ConsumerGroup(partition);
        this.consumers = List.copyOf(consumers);
        this.sample = sample;
    }

    private void removeTheDead() {
        if (System.nanoTime() - lookedForTheDead > BETWEEN_LOOKS.toNanos()) {
            lookedForTheDead = System.nanoTime();
            long removed = group.removeIdle(DEAD_FOR_SURE);
            if (removed > 0) {
                log.info("consumers removed={} reason=\"idle for {}\"", removed, DEAD_FOR_SURE);
            }
        }
    }

    /// Waits for its time.
    ///
    /// @return true: there is always a next one
    boolean beat() throws InterruptedException {
        Thread.sleep(settings.heartbeat());
        try {
            consumers.forEach(consumer -> consumer.keepInHand(group));
            sample.take();
            removeTheDead();
        } catch (JedisException e) {
            log.debug("heartbeat=missed reason=\"{}\"", e.getMessage());
        }
        return true;
    }
}
