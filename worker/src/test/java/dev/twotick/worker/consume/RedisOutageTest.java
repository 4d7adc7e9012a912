package dev.twotick.worker.consume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.queue.PayloadId;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

@WithStores
class RedisOutageTest {

    @Test
    void consumersGoOnByThemselvesAfterARestart(Stores stores) {
        RecordingDoor door = new RecordingDoor();
        try (TestStream stream = new TestStream(stores);
                StreamConsumers _ = stream.start(2, door)) {
            stream.push(1);
            await().until(stream::isDone);
            stores.restartRedis();
            stream.redis.getPool().clear();
            List<PayloadId> pushed = stream.push(50);
            await().until(stream::isDone);
            assertThat(door.ids()).containsAll(pushed);
        }
    }

    @Test
    void anAcknowledgementWaitsForRedis(Stores stores) {
        CountDownLatch committed = new CountDownLatch(1);
        RecordingDoor door = new RecordingDoor() {
            @Override
            public void process(List<StreamEntry> entries, Attempts attempts) throws InterruptedException {
                super.process(entries, attempts);
                committed.await();
            }
        };
        try (TestStream stream = new TestStream(stores);
                StreamConsumers _ = stream.start(1, door)) {
            stream.push(1);
            await().until(() -> !door.batches.isEmpty());
            stores.stopRedis();
            committed.countDown();
            stores.startRedis();
            stream.redis.getPool().clear();
            await().until(stream::isDone);
            assertThat(door.entries()).hasSize(1);
        }
    }

    @Test
    void consumersStartWhileRedisIsAway(Stores stores) {
        stores.stopRedis();
        RecordingDoor door = new RecordingDoor();
        try (TestStream stream = new TestStream(stores);
                StreamConsumers _ = stream.start(1, door)) {
            stores.startRedis();
            List<PayloadId> pushed = stream.push(5);
            await().until(stream::isDone);
            assertThat(door.ids()).containsAll(pushed);
        }
    }
}
