package dev.twotick.worker.consume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@WithStores
class PoisonTest {
    private final TestStream stream;

    PoisonTest(Stores stores) {
        stream = new TestStream(stores);
    }

    @BeforeEach
    void empty() {
        stream.redis.flushAll();
    }

    @AfterEach
    void close() {
        stream.close();
    }

    @Test
    void anEntryDeliveredThreeTimesIsProcessedAlone() {
        stream.push(5);
        stream.readAndDie("dead", 5);
        stream.deliverAgain();
        RecordingDoor door = new RecordingDoor();
        try (StreamConsumers _ = stream.start(1, door)) {
            await().until(stream::isDone);
        }
        assertThat(door.batches).hasSize(5).allSatisfy(batch -> {
            assertThat(batch).hasSize(1);
            assertThat(batch.getFirst().deliveries()).isEqualTo(3);
            assertThat(batch.getFirst().isPoison()).isFalse();
        });
        assertThat(stream.redis.keys("twotick:alone:*")).isEmpty();
    }

    @Test
    void anEntryIsPoisonOnceTwoWorkersDiedOverItAlone() {
        stream.push(2);
        RecordingDoor deadly = new RecordingDoor() {
            @Override
            public void process(List<StreamEntry> entries, Attempts attempts) throws InterruptedException {
                super.process(entries, attempts);
                if (entries.stream().noneMatch(StreamEntry::isPoison)) {
                    throw new StackOverflowError("as a worker dies, but for the process");
                }
            }
        };
        try (StreamConsumers _ = stream.start(1, deadly)) {
            await().until(stream::isDone);
        }
        // twice together, then each alone until two have died of it
        assertThat(deadly.batches.stream().map(List::size)).startsWith(2, 2, 1, 1);
        assertThat(deadly.entries().stream().filter(StreamEntry::isPoison)).hasSize(2);
        assertThat(deadly.entries().stream().filter(entry -> entry.deliveries() >= 3 && !entry.isPoison()))
                .hasSize(4);
    }

    @Test
    void aWorkerThatEndsInGoodOrderDidNotDieOfItsEntry() {
        stream.push(1);
        stream.readAndDie("dead", 1);
        stream.deliverAgain();
        CountDownLatch started = new CountDownLatch(1);
        PayloadDoor stuck = (_, _) -> {
            started.countDown();
            new CountDownLatch(1).await();
        };
        try (StreamConsumers consumers = new StreamConsumers(
                TestStream.settings(1),
                stream.connections,
                stuck,
                new io.micrometer.core.instrument.simple.SimpleMeterRegistry(),
                java.time.Duration.ofMillis(1))) {
            consumers.start();
            await().until(() -> started.getCount() == 0);
        }
        RecordingDoor door = new RecordingDoor();
        try (StreamConsumers _ = stream.start(1, door)) {
            await().until(stream::isDone);
        }
        assertThat(door.entries()).singleElement().satisfies(entry -> {
            assertThat(entry.deliveries()).isEqualTo(4);
            assertThat(entry.diedAlone()).isZero();
        });
    }
}
