package dev.twotick.worker.consume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.queue.Hint;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
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
        RecordingProcessor processor = new RecordingProcessor();
        try (StreamConsumers _ = stream.start(1, processor)) {
            await().until(stream::isDone);
        }
        assertThat(processor.batches).hasSize(5).allSatisfy(batch -> {
            assertThat(batch).hasSize(1);
            assertThat(batch.getFirst().deliveries()).isEqualTo(3);
            assertThat(batch.getFirst().isPoison()).isFalse();
        });
        assertThat(stream.redis.keys("twotick:alone:*")).isEmpty();
    }

    /// It throws where a worker would die of it.
    private static RecordingProcessor deadly(Predicate<StreamEntry> which) {
        return new RecordingProcessor() {
            @Override
            void take(List<StreamEntry> entries, Attempts attempts) throws InterruptedException {
                super.take(entries, attempts);
                if (entries.stream().anyMatch(entry -> which.test(entry) && !entry.isPoison())) {
                    throw new IllegalStateException("as a worker dies, but for the process");
                }
            }
        };
    }

    @Test
    void anEntryIsPoisonOnceThreeWorkersDiedOverItAlone() {
        stream.push(2);
        RecordingProcessor deadly = deadly(_ -> true);
        try (StreamConsumers _ = stream.start(1, deadly)) {
            await().until(stream::isDone);
        }
        // twice together, then each alone until three have died of it
        assertThat(deadly.batches.stream().map(List::size)).startsWith(2, 2, 1, 1);
        assertThat(deadly.entries().stream().filter(StreamEntry::isPoison)).hasSize(2);
        assertThat(deadly.entries().stream().filter(entry -> entry.deliveries() >= 3 && !entry.isPoison()))
                .hasSize(6);
    }

    @Test
    void afterADeathASuspectWaitsForAWorkerThatHasLivedWithoutIt() {
        stream.push(1);
        stream.readAndDie("dead", 1);
        stream.deliverAgain();
        RecordingProcessor deadly = deadly(entry -> entry.deliveries() > 1);
        Duration longerThanThisTest = Duration.ofHours(1);
        for (int restart = 0; restart < 5; restart++) {
            try (StreamConsumers _ = stream.start(1, deadly, TestStream.TAKE_OVER, longerThanThisTest)) {
                long before = stream.deliveries();
                await().until(() -> stream.deliveries() >= before + 2);
                stream.push(1);
                await().until(() -> stream.length() == 1);
            }
        }
        assertThat(deadly.entries().stream().filter(entry -> entry.deliveries() > 1))
                .as("once, and five restarts give no verdict")
                .singleElement()
                .matches(entry -> !entry.isPoison());
        assertThat(deadly.entries().stream().filter(entry -> entry.deliveries() == 1))
                .as("neighbours pass")
                .hasSize(5);
    }

    @Test
    void whileASuspectIsTriedTheWorkersOtherThreadsWorkOnNothing() {
        stream.push(1);
        stream.readAndDie("dead", 1);
        stream.deliverAgain();
        CountDownLatch tried = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        RecordingProcessor processor = new RecordingProcessor() {
            @Override
            void take(List<StreamEntry> entries, Attempts attempts) throws InterruptedException {
                super.take(entries, attempts);
                if (entries.getFirst().deliveries() >= 3) {
                    tried.countDown();
                    over.await();
                }
            }
        };
        // the other thread must not take it for a dead one's
        try (StreamConsumers _ = stream.start(2, processor, Duration.ofSeconds(3))) {
            await().until(() -> tried.getCount() == 0);
            stream.push(1);
            await().until(() -> stream.pending() == 2); // the other thread has it
            assertThat(processor.batches).hasSize(1);
            over.countDown();
            await().until(stream::isDone);
        }
        assertThat(processor.batches).hasSize(2);
    }

    @Test
    void whatWasGivenUpBeforeIsTriedAloneAtOnceAndGivenUpAgainAfterOneDeath() {
        stream.push(TestStream.payload().asSuspect());
        stream.push(1);
        RecordingProcessor deadly = deadly(entry -> entry.payload().suspect());
        try (StreamConsumers _ = stream.start(1, deadly)) {
            await().until(stream::isDone);
        }
        assertThat(deadly.batches).allSatisfy(batch -> assertThat(batch).hasSize(1));
        assertThat(deadly.entries().stream()
                        .filter(entry -> entry.payload().suspect())
                        .map(StreamEntry::isPoison))
                .containsExactly(false, true);
    }

    @Test
    void aWorkerThatEndsInGoodOrderDidNotDieOfItsEntry() {
        stream.push(1);
        stream.readAndDie("dead", 1);
        stream.deliverAgain();
        CountDownLatch started = new CountDownLatch(1);
        PayloadProcessor stuck = (_, _) -> {
            started.countDown();
            new CountDownLatch(1).await();
            return Hint.NONE;
        };
        try (StreamConsumers consumers = new StreamConsumers(
                TestStream.settings(1),
                stream.connections,
                _ -> stuck,
                new io.micrometer.core.instrument.simple.SimpleMeterRegistry(),
                Duration.ofMillis(1))) {
            consumers.start();
            await().until(() -> started.getCount() == 0);
        }
        RecordingProcessor processor = new RecordingProcessor();
        try (StreamConsumers _ = stream.start(1, processor)) {
            await().until(stream::isDone);
        }
        assertThat(processor.entries()).singleElement().satisfies(entry -> {
            assertThat(entry.deliveries()).isEqualTo(4);
            assertThat(entry.diedAlone()).isZero();
        });
    }
}
