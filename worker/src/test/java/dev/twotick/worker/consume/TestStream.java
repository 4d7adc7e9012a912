package dev.twotick.worker.consume;

import static dev.twotick.queue.RedisKeys.GROUP;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.ConsumerGroup;
import dev.twotick.queue.Partition;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.RedisConnections;
import dev.twotick.queue.RedisKeys;
import dev.twotick.stores.Stores;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.params.XClaimParams;
import redis.clients.jedis.params.XPendingParams;
import redis.clients.jedis.params.XReadGroupParams;

/// The stream as a test fills it and looks at it.
final class TestStream implements AutoCloseable {
    static final Duration TAKE_OVER = Duration.ofMillis(600);
    static final Duration SOUND = Duration.ofSeconds(1);

    final RedisConnections connections;
    final Partition partition;
    final RedisClient redis;

    TestStream(Stores stores) {
        connections = new RedisConnections(URI.create(stores.redisUrl()));
        partition = connections.openFirst("test", 4, Duration.ofSeconds(30));
        redis = partition.redis();
    }

    static ConsumeSettings settings(int consumers) {
        return settings(consumers, TAKE_OVER);
    }

    static ConsumeSettings settings(int consumers, Duration takeOver) {
        return settings(consumers, takeOver, Duration.ofMillis(100));
    }

    static ConsumeSettings settings(int consumers, Duration takeOver, Duration block) {
        return settings(consumers, takeOver, block, SOUND);
    }

    private static ConsumeSettings settings(int consumers, Duration takeOver, Duration block, Duration sound) {
        return new ConsumeSettings(
                consumers, 64, 64 * 1024, block, takeOver, Duration.ofMillis(10), Duration.ofMillis(100), sound);
    }

    StreamConsumers start(int consumers, PayloadProcessor processor) {
        return start(consumers, processor, TAKE_OVER);
    }

    StreamConsumers start(int consumers, PayloadProcessor processor, Duration takeOver) {
        return start(consumers, processor, takeOver, SOUND);
    }

    StreamConsumers start(int consumers, PayloadProcessor processor, Duration takeOver, Duration sound) {
        StreamConsumers started = new StreamConsumers(
                settings(consumers, takeOver, Duration.ofMillis(100), sound),
                connections,
                _ -> processor,
                new SimpleMeterRegistry(),
                Duration.ofSeconds(5));
        started.start();
        return started;
    }

    String push(QueuedPayload payload) {
        return new String(
                redis.xadd(RedisKeys.ALONE.payloads().getBytes(UTF_8), XAddParams.xAddParams(), payload.toFields()),
                UTF_8);
    }

    List<PayloadId> push(int payloads) {
        return IntStream.range(0, payloads)
                .mapToObj(n -> payload())
                .peek(this::push)
                .map(QueuedPayload::id)
                .toList();
    }

    static QueuedPayload payload() {
        return QueuedPayload.fresh(PayloadId.at(Instant.now()), Instant.now(), "{}".getBytes(UTF_8), "app");
    }

    /// Reads as a consumer that then dies.
    void readAndDie(String consumer, int count) {
        createGroup();
        redis.xreadGroup(
                GROUP,
                consumer,
                XReadGroupParams.xReadGroupParams().count(count),
                Map.of(RedisKeys.ALONE.payloads(), StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
    }

    /// As if another consumer had taken all of them over and died too.
    void deliverAgain() {
        StreamEntryID[] ids = redis.xrange(RedisKeys.ALONE.payloads(), (StreamEntryID) null, null).stream()
                .map(entry -> entry.getID())
                .toArray(StreamEntryID[]::new);
        redis.xclaim(RedisKeys.ALONE.payloads(), GROUP, "dead too", 0, XClaimParams.xClaimParams(), ids);
    }

    void createGroup() {
        try {
            redis.xgroupCreate(RedisKeys.ALONE.payloads(), GROUP, ConsumerGroup.START, true);
        } catch (JedisDataException e) { // is there
            assert e.getMessage().startsWith("BUSYGROUP");
        }
    }

    long length() {
        return redis.xlen(RedisKeys.ALONE.payloads());
    }

    long pending() {
        return redis.xpending(RedisKeys.ALONE.payloads(), GROUP).getTotal();
    }

    /// How often the first of the entries that nobody has acknowledged was delivered.
    long deliveries() {
        return redis.xpending(
                        RedisKeys.ALONE.payloads(),
                        GROUP,
                        XPendingParams.xPendingParams().count(1))
                .getFirst()
                .getDeliveredTimes();
    }

    /// Whether nothing is left to do.
    boolean isDone() {
        return length() == 0 && pending() == 0;
    }

    @Override
    public void close() {
        redis.close();
    }
}
