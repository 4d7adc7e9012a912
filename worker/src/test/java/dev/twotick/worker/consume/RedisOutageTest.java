package dev.twotick.worker.consume;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.RedisKeys;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.params.XAddParams;

@WithStores
@Tag("containers")
class RedisOutageTest {

    @Test
    void consumersGoOnByThemselvesAfterARestart(Stores stores) {
        RecordingProcessor processor = new RecordingProcessor();
        try (TestStream stream = new TestStream(stores);
                StreamConsumers _ = stream.start(2, processor)) {
            stream.push(1);
            await().until(stream::isDone);
            stores.restartRedis();
            stream.redis.getPool().clear();
            List<PayloadId> pushed = stream.push(50);
            await().until(stream::isDone);
            assertThat(processor.ids()).containsAll(pushed);
        }
    }

    @Test
    void anAcknowledgementWaitsForRedis(Stores stores) {
        CountDownLatch committed = new CountDownLatch(1);
        RecordingProcessor processor = RecordingProcessor.heldUntil(committed);
        try (TestStream stream = new TestStream(stores);
                StreamConsumers _ = stream.start(1, processor)) {
            stream.push(1);
            await().until(() -> !processor.batches.isEmpty());
            stores.stopRedis();
            committed.countDown();
            stores.startRedis();
            stream.redis.getPool().clear();
            await().until(stream::isDone);
            assertThat(processor.entries()).hasSize(1);
        }
    }

    @Test
    void consumersStartWhileRedisIsAway(Stores stores) {
        stores.stopRedis();
        RecordingProcessor processor = new RecordingProcessor();
        try (TestStream stream = new TestStream(stores);
                StreamConsumers _ = stream.start(1, processor)) {
            stores.startRedis();
            List<PayloadId> pushed = stream.push(5);
            await().until(stream::isDone);
            assertThat(processor.ids()).containsAll(pushed);
        }
    }

    /// As after a failover, when the address still leads to a replica.
    @Test
    void whatAReadOnlyRedisRefusedGoesOnWhenItTakesItAgain(Stores stores) {
        CountDownLatch committed = new CountDownLatch(1);
        RecordingProcessor processor = RecordingProcessor.heldUntil(committed);
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        try (TestStream stream = new TestStream(stores);
                StreamConsumers consumers = new StreamConsumers(
                        TestStream.settings(1), stream.connections, _ -> processor, metrics, Duration.ofSeconds(5))) {
            consumers.start();
            stream.push(1);
            await().until(() -> !processor.batches.isEmpty());
            replicaOf(stream, "127.0.0.1", "1");
            committed.countDown();
            await().until(() -> metrics.counter("twotick.stream.faults").count() >= 2);
            assertThat(stream.length()).isEqualTo(1);
            replicaOf(stream, "NO", "ONE");
            List<PayloadId> pushed = stream.push(5);
            await().until(stream::isDone);
            assertThat(processor.ids()).hasSize(6).containsAll(pushed);
        }
    }

    private static void replicaOf(TestStream stream, String host, String port) {
        CommandArguments command =
                new CommandArguments(Protocol.Command.REPLICAOF).add(host).add(port);
        stream.redis.executeCommand(new CommandObject<>(command, BuilderFactory.STRING));
    }

    @Test
    void aRedisWithoutMemoryIsEmptiedAllTheSame(Stores stores) {
        RecordingProcessor processor = new RecordingProcessor();
        try (TestStream stream = new TestStream(stores)) {
            List<PayloadId> pushed = stream.push(50);
            stream.readAndDie("dead", 10);
            stream.deliverAgain();
            stream.redis.configSet("maxmemory", "1");
            try (StreamConsumers _ = stream.start(1, processor)) {
                await().until(stream::isDone);
            } finally {
                stream.redis.configSet("maxmemory", "0");
            }
            assertThat(processor.ids()).containsExactlyInAnyOrderElementsOf(pushed);
        }
    }

    /// What a stale replica brings back was acknowledged before: it goes the same way once more, and asks for the same
    /// outcome.
    @Test
    void entriesThatAFailoverBringsBackAskForTheOutcomeThatTheyHave(Stores stores) {
        RecordingProcessor processor = new RecordingProcessor();
        try (TestStream stream = new TestStream(stores);
                StreamConsumers _ = stream.start(1, processor)) {
            QueuedPayload payload = TestStream.payload();
            String id = stream.push(payload);
            await().until(stream::isDone);
            stream.redis.flushAll();
            stream.redis.xadd(
                    RedisKeys.ALONE.payloads().getBytes(UTF_8),
                    XAddParams.xAddParams().id(id),
                    payload.toFields());
            await().until(() -> processor.entries().size() == 2 && stream.length() == 0);
            assertThat(processor.entries().stream().map(StreamEntry::attempt).distinct())
                    .hasSize(1);
        }
    }
}
