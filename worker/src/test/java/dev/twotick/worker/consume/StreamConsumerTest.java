package dev.twotick.worker.consume;

import static dev.twotick.queue.RedisKeys.GROUP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.ConsumerGroup;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.RedisKeys;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.resps.StreamConsumerInfo;

@WithStores
@Tag("containers")
class StreamConsumerTest {
    /// How long a consumer may stand still before another takes its entries.
    private static final Duration NOBODY_DIES = Duration.ofHours(1);

    private final TestStream stream;

    StreamConsumerTest(Stores stores) {
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
    void twoWorkersShareAStreamAndProcessEachEntryOnce() {
        RecordingProcessor one = new RecordingProcessor();
        RecordingProcessor two = new RecordingProcessor();
        try (StreamConsumers _ = stream.start(2, one, NOBODY_DIES);
                StreamConsumers _ = stream.start(2, two, NOBODY_DIES)) {
            List<PayloadId> pushed = stream.push(1_000);
            await().until(stream::isDone);
            assertThat(Stream.concat(one.ids().stream(), two.ids().stream()))
                    .containsExactlyInAnyOrderElementsOf(pushed);
        }
        assertThat(stream.redis.xinfoConsumers2(RedisKeys.ALONE.payloads(), GROUP))
                .as("consumers that ended in good order left the group")
                .isEmpty();
    }

    /// The acknowledgement goes along with a read, and the read waits; the acknowledgement does not.
    @Test
    void whatIsDoneIsAcknowledgedThoughNothingElseComes() {
        ConsumeSettings patient = TestStream.settings(1, NOBODY_DIES, Duration.ofHours(1));
        StreamConsumers consumers = new StreamConsumers(
                patient,
                stream.connections,
                _ -> new RecordingProcessor(),
                new SimpleMeterRegistry(),
                Duration.ofHours(1));
        consumers.start();
        stream.push(1);
        await().until(stream::isDone);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(consumers::close);
        await("what comes now wakes it, and it ends").until(() -> {
            stream.push(1);
            return closing.isDone();
        });
    }

    @Test
    void whatIsAppliedWhenTheProcessEndsIsAcknowledged() {
        CountDownLatch committed = new CountDownLatch(1);
        RecordingProcessor processor = RecordingProcessor.heldUntil(committed);
        stream.push(1);
        StreamConsumers consumers = stream.start(1, processor);
        await().until(() -> !processor.batches.isEmpty());
        CompletableFuture<Void> closing = CompletableFuture.runAsync(consumers::close);
        committed.countDown();
        closing.join();
        assertThat(stream.isDone()).isTrue();
    }

    @Test
    void whatADeadConsumerLeftIsTakenOver() {
        List<PayloadId> pushed = stream.push(100);
        stream.readAndDie("dead", 100);
        RecordingProcessor processor = new RecordingProcessor();
        try (StreamConsumers _ = stream.start(1, processor)) {
            await().until(stream::isDone);
        }
        assertThat(processor.ids()).containsExactlyInAnyOrderElementsOf(pushed);
        assertThat(processor.entries()).allMatch(entry -> entry.deliveries() == 2);
    }

    @Test
    void aLiveConsumerKeepsItsEntriesHoweverSlowItIs() {
        CountDownLatch databaseIsBack = new CountDownLatch(1);
        RecordingProcessor slow = RecordingProcessor.heldUntil(databaseIsBack);
        RecordingProcessor other = new RecordingProcessor();
        stream.push(10);
        Duration takeOver = Duration.ofSeconds(3);
        try (StreamConsumers _ = stream.start(1, slow, takeOver)) {
            await().until(() -> !slow.batches.isEmpty());
            try (StreamConsumers _ = stream.start(1, other, takeOver)) {
                await().during(takeOver.multipliedBy(2)).until(other.batches::isEmpty);
                databaseIsBack.countDown();
                await().until(stream::isDone);
                assertThat(other.batches).isEmpty();
            }
        }
    }

    @Test
    void whatWasReadButNotProcessedAtAStopGoesToOthersAtOnce() {
        CountDownLatch started = new CountDownLatch(1);
        RecordingProcessor stuck = new RecordingProcessor() {
            @Override
            void take(List<StreamEntry> entries, Attempts attempts) throws InterruptedException {
                started.countDown();
                new CountDownLatch(1).await();
            }
        };
        List<PayloadId> pushed = stream.push(10);
        ConsumeSettings standard = TestStream.settings(1, NOBODY_DIES);
        try (StreamConsumers closing = new StreamConsumers(
                standard, stream.connections, _ -> stuck, new SimpleMeterRegistry(), Duration.ofMillis(1))) {
            closing.start();
            await().until(() -> started.await(0, TimeUnit.SECONDS));
        }
        RecordingProcessor processor = new RecordingProcessor();
        try (StreamConsumers next = new StreamConsumers(
                standard, stream.connections, _ -> processor, new SimpleMeterRegistry(), Duration.ofSeconds(5))) {
            next.start();
            await().until(stream::isDone);
        }
        assertThat(processor.ids()).containsExactlyElementsOf(pushed);
    }

    @Test
    void aGroupThatIsDestroyedIsMadeAgainFromTheBeginning() {
        RecordingProcessor processor = new RecordingProcessor();
        try (StreamConsumers _ = stream.start(2, processor)) {
            stream.push(1);
            await().until(stream::isDone);
            stream.redis.xgroupDestroy(RedisKeys.ALONE.payloads(), GROUP);
            List<PayloadId> pushed = stream.push(20);
            await().until(() -> stream.length() == 0);
            assertThat(processor.ids()).containsAll(pushed);
        }
    }

    @Test
    void anEmptiedRedisDoesNotStopTheConsumers() {
        RecordingProcessor processor = new RecordingProcessor();
        try (StreamConsumers _ = stream.start(2, processor)) {
            stream.push(1);
            await().until(stream::isDone);
            stream.redis.flushAll();
            List<PayloadId> pushed = stream.push(20);
            await().until(() -> stream.length() == 0);
            assertThat(processor.ids()).containsAll(pushed);
        }
    }

    @Test
    void whatIsNoStreamUnderItsNameIsMovedAside() {
        RecordingProcessor processor = new RecordingProcessor();
        try (StreamConsumers _ = stream.start(2, processor)) {
            stream.push(1);
            await().until(stream::isDone);
            stream.redis.set(RedisKeys.ALONE.payloads(), "somebody else's");
            await().until(() ->
                    stream.redis.keys(RedisKeys.ALONE.payloads() + ":foreign:*").size() == 1);
            List<PayloadId> pushed = stream.push(20);
            await().until(() -> stream.length() == 0);
            assertThat(processor.ids()).containsAll(pushed);
        }
    }

    @Test
    void anAcknowledgementGoesOnWhenItsStreamIsNoStreamAnyMore() {
        CountDownLatch committed = new CountDownLatch(1);
        RecordingProcessor processor = RecordingProcessor.heldUntil(committed);
        stream.push(1);
        try (StreamConsumers _ = stream.start(1, processor)) {
            await().until(() -> !processor.batches.isEmpty());
            stream.redis.set(RedisKeys.ALONE.payloads(), "somebody else's");
            committed.countDown();
            await().until(() ->
                    stream.redis.keys(RedisKeys.ALONE.payloads() + ":foreign:*").size() == 1);
            List<PayloadId> pushed = stream.push(1);
            await().until(() -> processor.ids().containsAll(pushed));
        }
    }

    @Test
    void aGroupThatIsDestroyedWhileABatchIsInWorkComesBackWithNothingInIt() {
        CountDownLatch committed = new CountDownLatch(1);
        RecordingProcessor processor = RecordingProcessor.heldUntil(committed);
        List<PayloadId> pushed = stream.push(10);
        try (StreamConsumers _ = stream.start(1, processor)) {
            await().until(() -> !processor.batches.isEmpty());
            stream.redis.xgroupDestroy(RedisKeys.ALONE.payloads(), GROUP);
            await("the heartbeat makes it again")
                    .until(() -> !stream.redis
                            .xinfoGroups(RedisKeys.ALONE.payloads())
                            .isEmpty());
            committed.countDown();
            await().until(stream::isDone);
            assertThat(processor.ids()).containsExactlyElementsOf(pushed);
        }
    }

    @Test
    void aBatchThatDoesNotEndIsGivenBackAllTheSame() {
        CountDownLatch never = new CountDownLatch(1);
        RecordingProcessor deaf = new RecordingProcessor() {
            @Override
            void take(List<StreamEntry> entries, Attempts attempts) throws InterruptedException {
                super.take(entries, attempts);
                while (never.getCount() > 0) { // as a statement that never returns: it does not hear an interrupt
                    LockSupport.parkNanos(1_000_000);
                }
            }
        };
        List<PayloadId> pushed = stream.push(1);
        stream.readAndDie("dead", 1);
        stream.deliverAgain();
        StreamConsumers closing = new StreamConsumers(
                TestStream.settings(1), stream.connections, _ -> deaf, new SimpleMeterRegistry(), Duration.ofMillis(1));
        closing.start();
        await().until(() -> !deaf.batches.isEmpty());
        assertThat(stream.redis.keys("twotick:alone:*")).hasSize(1);
        closing.close();
        assertThat(stream.redis.keys("twotick:alone:*"))
                .as("nobody has died of it")
                .isEmpty();
        RecordingProcessor processor = new RecordingProcessor();
        try (StreamConsumers next = new StreamConsumers(
                TestStream.settings(1, NOBODY_DIES),
                stream.connections,
                _ -> processor,
                new SimpleMeterRegistry(),
                Duration.ofSeconds(5))) {
            next.start();
            await().until(stream::isDone);
        }
        never.countDown();
        assertThat(processor.ids()).containsExactlyElementsOf(pushed);
    }

    @Test
    void namesOfTheDeadGoButNotWhileTheyHoldEntries() {
        stream.push(1);
        stream.readAndDie("dead with entries", 1);
        stream.redis.xgroupCreateConsumer(RedisKeys.ALONE.payloads(), GROUP, "dead");
        ConsumerGroup group = new ConsumerGroup(stream.partition);
        assertThat(group.removeIdle(Duration.ofHours(1))).isZero();
        await().until(() -> group.removeIdle(Duration.ofMillis(1)) == 1);
        assertThat(stream.redis.xinfoConsumers2(RedisKeys.ALONE.payloads(), GROUP))
                .extracting(StreamConsumerInfo::getName)
                .containsExactly("dead with entries");
    }

    @Test
    void aGhostIsAcknowledged() {
        stream.push(3);
        stream.readAndDie("dead", 3);
        StreamEntryID first = stream.redis
                .xrange(RedisKeys.ALONE.payloads(), (StreamEntryID) null, null, 1)
                .getFirst()
                .getID();
        stream.redis.xdel(RedisKeys.ALONE.payloads(), first);
        assertThat(stream.pending()).isEqualTo(3);
        RecordingProcessor processor = new RecordingProcessor();
        try (StreamConsumers _ = stream.start(1, processor)) {
            await().until(stream::isDone);
        }
        assertThat(processor.entries()).hasSize(2);
    }

    @Test
    void anEntryOfForeignShapeIsDroppedAndItsNeighboursAreProcessed() {
        stream.push(1);
        stream.redis.xadd(RedisKeys.ALONE.payloads(), StreamEntryID.NEW_ENTRY, Map.of("hello", "world"));
        stream.redis.xadd(RedisKeys.ALONE.payloads(), StreamEntryID.NEW_ENTRY, Map.of("id", "not-a-uuid", "at", "1"));
        stream.push(1);
        RecordingProcessor processor = new RecordingProcessor();
        try (StreamConsumers _ = stream.start(1, processor)) {
            await().until(stream::isDone);
        }
        assertThat(processor.entries()).hasSize(2);
    }

    @Test
    void aBatchIsBoundedInPayloadsAndInBytes() {
        for (int n = 0; n < 10; n++) {
            stream.push(QueuedPayload.fresh(PayloadId.at(Instant.now()), Instant.now(), new byte[20_000], "app"));
        }
        RecordingProcessor processor = new RecordingProcessor();
        try (StreamConsumers _ = stream.start(1, processor)) {
            stream.push(200);
            await().until(stream::isDone);
        }
        assertThat(processor.batches).allSatisfy(batch -> {
            assertThat(batch).hasSizeLessThanOrEqualTo(64);
            assertThat(batch.stream()
                            .mapToInt(entry -> entry.payload().body().length)
                            .sum())
                    .isLessThanOrEqualTo(64 * 1024);
        });
        assertThat(processor.entries()).hasSize(210);
    }

    @Test
    void anEntryIsAcknowledgedAndDeletedAtOnce() {
        String deliveredButNeitherPendingNorGone = """
                local groups = redis.call('XINFO', 'GROUPS', KEYS[1])
                local group = {}
                for i = 1, #groups[1], 2 do group[groups[1][i]] = groups[1][i + 1] end
                return #redis.call('XRANGE', KEYS[1], '-', group['last-delivered-id']) - group['pending']
                """;
        stream.createGroup();
        RecordingProcessor processor = new RecordingProcessor();
        try (StreamConsumers _ = stream.start(2, processor, NOBODY_DIES)) {
            Thread pusher = Thread.ofVirtual().start(() -> stream.push(500));
            await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(() -> {
                assertThat(stream.redis.eval(
                                deliveredButNeitherPendingNorGone, List.of(RedisKeys.ALONE.payloads()), List.of()))
                        .isEqualTo(0L);
                return !pusher.isAlive() && stream.isDone();
            });
        }
        assertThat(processor.entries()).hasSize(500);
    }
}
