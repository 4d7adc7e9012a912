package dev.twotick.worker.upkeep;

import static dev.twotick.queue.RedisKeys.GROUP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.db.payloadlog.LoggedPayloads;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.RedisKeys;
import dev.twotick.queue.StreamState;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.consume.StreamConsumers;
import dev.twotick.worker.replay.LogFixture;
import dev.twotick.worker.replay.StreamFeed;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.StreamEntry;

@WithStores
@Tag("containers")
class RequeueTest {
    private final Instant now = Instant.now();
    private final LogFixture log;

    RequeueTest(Stores stores) {
        log = new LogFixture(stores);
    }

    @BeforeEach
    void empty() {
        log.empty();
    }

    @AfterEach
    void close() {
        log.close();
    }

    private Upkeep requeue() {
        return requeue(Duration.ofMillis(300));
    }

    private Upkeep requeue(Duration patience) {
        return requeue(patience, UnfinishedRows.Looks.standard());
    }

    private Upkeep requeue(Duration patience, UnfinishedRows.Looks looks) {
        LoggedPayloads payloads = new LoggedPayloads(log.db);
        Upkeep upkeep = new Upkeep(
                log.pool,
                List.of(new Requeue(
                        payloads,
                        List.of(new StreamState(log.streams.first())),
                        new StreamFeed(log.db, log.streams, Duration.ofSeconds(1)),
                        InstantSource.system(),
                        new Requeue.Times(patience, Duration.ofMillis(50), looks))),
                new SimpleMeterRegistry());
        upkeep.start();
        return upkeep;
    }

    @Test
    void aPushThatFailedIsRepairedWhileTrafficGoesOn() throws Exception {
        AtomicBoolean traffic = new AtomicBoolean(true);
        List<PayloadId> lost = log.log(now.minusSeconds(600), 50);
        try (StreamConsumers _ = log.workers()) {
            Thread ingest = Thread.ofVirtual().start(() -> {
                while (traffic.get()) {
                    log.push(log.log(Instant.now(), 20));
                }
            });
            try (Upkeep _ = requeue(Duration.ofSeconds(8))) { // a push may stall that long
                await().until(() -> new HashSet<>(log.processedIds()).containsAll(lost));
                traffic.set(false);
                ingest.join();
                await().until(() -> log.entries() == 0);
            }
        }
        assertThat(log.processedIds()).as("nothing went twice").doesNotHaveDuplicates();
        assertThat(log.processed.stream().filter(payload -> payload.again()))
                .hasSize(50)
                .allMatch(payload -> lost.contains(payload.id()));
    }

    @Test
    void aRowWhoseEntryStillWaitsIsNotPushedAgain() {
        List<PayloadId> waiting = log.log(now.minusSeconds(60), 10);
        log.push(waiting);
        List<PayloadId> lost = log.log(now.minusSeconds(30), 5);
        CountDownLatch open = new CountDownLatch(1);
        try (Upkeep _ = requeue();
                StreamConsumers _ = log.workers((entries, attempts) -> {
                    open.await();
                    return log.apply(entries, attempts);
                })) {
            await().during(Duration.ofSeconds(1)).until(() -> log.entries() == 10);
            open.countDown();
            await().until(() -> log.outcomes() == 15);
        }
        assertThat(log.processedIds()).hasSize(15).containsAll(waiting).containsAll(lost);
    }

    @Test
    void anEmptiedRedisIsFilledAgainThroughTheWindow() {
        List<PayloadId> rows = log.log(now.minus(Duration.ofHours(30)), 2_500);
        log.push(rows);
        log.redis.flushAll();
        try (Upkeep _ = requeue()) {
            await().until(() -> log.entries() == StreamFeed.WINDOW);
            await().during(Duration.ofMillis(300)).until(() -> log.entries() == StreamFeed.WINDOW);
            try (StreamConsumers _ = log.workers()) {
                await().until(() -> log.outcomes() == 2_500);
            }
        }
        assertThat(log.processedIds()).containsExactlyInAnyOrderElementsOf(rows);
    }

    /// Its row comes to the log long after its id was made: the clock of its ingest is behind, or PostgreSQL was away.
    @Test
    void anOldRowThatComesLateIsFoundByAFarLook() {
        UnfinishedRows.Looks looks = new UnfinishedRows.Looks(
                Duration.ofMinutes(2), Duration.ofHours(2), Duration.ofMillis(300), Duration.ofHours(1));
        try (Upkeep _ = requeue(Duration.ofMillis(300), looks);
                StreamConsumers _ = log.workers()) {
            awaitTheFirstLookAtEverything();
            List<PayloadId> late = log.log(now.minus(Duration.ofHours(1)), 10);
            await().until(() -> log.processedIds().containsAll(late));
        }
    }

    @Test
    void aRedisThatIsEmptiedUnderTrafficIsNoticed() {
        try (Upkeep _ = requeue();
                StreamConsumers _ = log.workers()) {
            awaitTheFirstLookAtEverything();
            List<PayloadId> lost = log.log(now.minus(Duration.ofHours(30)), 10);
            log.redis.eval(
                    "redis.call('FLUSHALL') redis.call('XADD', KEYS[1], '*', 'its id', 'is the greatest')",
                    List.of(RedisKeys.ALONE.payloads()),
                    List.of());
            await().until(() -> log.processedIds().containsAll(lost));
        }
    }

    /// Beyond it the bound is near, and behind it nothing is seen without a reason.
    private void awaitTheFirstLookAtEverything() {
        for (int n = 1; n <= 2; n++) {
            log.log(Instant.now(), 1);
            int outcomes = n;
            await().until(() -> log.outcomes() == outcomes);
        }
    }

    /// `XGROUP SETID`, and what a restored Redis amounts to: the group reads from behind entries that nobody has had.
    @Test
    void whatTheGroupWasMadeToSkipIsAppliedAndHoldsNothingUp() {
        List<PayloadId> skipped = log.log(now.minusSeconds(60), 250);
        log.push(skipped);
        log.redis.xgroupCreate(RedisKeys.ALONE.payloads(), GROUP, StreamEntryID.XGROUP_LAST_ENTRY, false);
        List<PayloadId> lost = log.log(now.minusSeconds(30), 5);
        try (Upkeep _ = requeue();
                StreamConsumers _ = log.workers()) {
            await().until(() -> log.outcomes() == 255);
            await().until(() -> log.entries() == 0);
        }
        assertThat(log.processedIds()).hasSize(255).containsAll(skipped).containsAll(lost);
        assertThat(log.processed.stream().filter(payload -> payload.again()))
                .as("what lay in the stream was taken from there")
                .hasSize(5);
    }

    @Test
    void whatADeletedConsumerHadAndWhatWasOnlyAcknowledgedIsTakenUpToo() {
        log.push(log.log(now.minusSeconds(60), 10));
        log.redis.xgroupCreate(RedisKeys.ALONE.payloads(), GROUP, new StreamEntryID(0, 0), false);
        List<StreamEntryID> read = log
                .redis
                .xreadGroup(
                        GROUP,
                        "dead",
                        XReadGroupParams.xReadGroupParams().count(10),
                        Map.of(RedisKeys.ALONE.payloads(), StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY))
                .getFirst()
                .getValue()
                .stream()
                .map(StreamEntry::getID)
                .toList();
        log.redis.xack(RedisKeys.ALONE.payloads(), GROUP, read.getFirst());
        log.redis.xgroupDelConsumer(RedisKeys.ALONE.payloads(), GROUP, "dead");
        try (Upkeep _ = requeue();
                StreamConsumers _ = log.workers()) {
            await().until(() -> log.outcomes() == 10 && log.entries() == 0);
        }
    }

    @Test
    void whatAWorkerHasInHandIsNotTakenFromIt() {
        log.push(log.log(now.minusSeconds(60), 10));
        CountDownLatch open = new CountDownLatch(1);
        try (StreamConsumers _ = log.workers((entries, attempts) -> {
            open.await();
            return log.apply(entries, attempts);
        })) {
            await().until(() ->
                    log.redis.xpending(RedisKeys.ALONE.payloads(), GROUP).getTotal() == 10);
            Set<String> holders = log.redis
                    .xpending(RedisKeys.ALONE.payloads(), GROUP)
                    .getConsumerMessageCount()
                    .keySet();
            new StreamState(log.streams.first()).takeUpSkipped();
            assertThat(log.redis
                            .xpending(RedisKeys.ALONE.payloads(), GROUP)
                            .getConsumerMessageCount()
                            .keySet())
                    .isEqualTo(holders);
            open.countDown();
            await().until(() -> log.outcomes() == 10);
        }
        assertThat(log.processedIds()).doesNotHaveDuplicates();
    }

    @Test
    void aLongBodyIsLeftForTheWorkerToRead() {
        log.log(now.minusSeconds(60), 1, new byte[33 * 1024]);
        log.log(now.minusSeconds(60), 1, new byte[32 * 1024]);
        try (Upkeep _ = requeue();
                StreamConsumers _ = log.workers()) {
            await().until(() -> log.outcomes() == 2);
        }
        assertThat(log.processed.stream().map(payload -> payload.body() == null))
                .containsExactlyInAnyOrder(true, false);
    }

    @Test
    void ofSeveralWorkersOneDoesIt() {
        log.log(now.minusSeconds(60), 3_000);
        try (Upkeep _ = requeue();
                Upkeep _ = requeue();
                StreamConsumers _ = log.workers()) {
            await().until(() -> log.outcomes() >= 3_000);
        }
        assertThat(log.processedIds()).doesNotHaveDuplicates();
    }
}
