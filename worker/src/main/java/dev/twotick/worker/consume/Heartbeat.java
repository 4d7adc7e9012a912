package dev.twotick.worker.consume;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.RedisClient;

/// Keeps the entries that this process works on its own, however long the work takes; without it a slow database would
/// look like a dead worker. Looks at the stream's length on the same beat.
final class Heartbeat implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Heartbeat.class);

    private final ConsumeSettings settings;
    private final ConsumerGroup group;
    private final List<StreamConsumer> consumers;
    private final StreamGauges gauges;

    Heartbeat(ConsumeSettings settings, RedisClient redis, List<StreamConsumer> consumers, StreamGauges gauges) {
        this.settings = settings;
        this.group = new ConsumerGroup(redis);
        this.consumers = List.copyOf(consumers);
        this.gauges = gauges;
    }

    /// Until interrupted.
    @Override
    public void run() {
        try {
            while (true) {
                Thread.sleep(settings.heartbeat());
                try {
                    consumers.forEach(consumer -> consumer.keepInHand(group));
                    gauges.sample();
                } catch (RuntimeException | Error e) {
                    log.debug("heartbeat=missed reason=\"{}\"", e.getMessage());
                }
            }
        } catch (InterruptedException e) {
            log.debug("heartbeat=ended");
        }
    }
}
