package dev.twotick.worker.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.db.payloadlog.PayloadSelection;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.consume.StreamConsumers;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.resps.StreamEntry;

@WithStores
@Tag("postgres15")
class ReplayTest {
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final LogFixture log;
    private final Replay replay;
    private final Heard heard = new Heard();

    ReplayTest(Stores stores) {
        log = new LogFixture(stores);
        replay = new Replay(log.db);
    }

    private static final class Heard implements ReplayProgress {
        final Queue<ReplayCounts> counts = new ConcurrentLinkedQueue<>();
        final Queue<String> reasons = new ConcurrentLinkedQueue<>();
        volatile long selected;

        @Override
        public void selected(long payloads) {
            selected = payloads;
        }

        @Override
        public void at(ReplayCounts at) {
            counts.add(at);
        }

        @Override
        public void waiting(String why) {
            reasons.add(why);
        }
    }

    @BeforeEach
    void empty() {
        log.empty();
    }

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void everythingGoesThroughTheStreamOnceAndIsCounted() {
        List<PayloadId> known = log.log(now.minusSeconds(3600), 100);
        log.outcome(known, "processed", 1, 0, "1");
        List<PayloadId> fresh = log.log(now.minusSeconds(60), 5_000);
        try (StreamConsumers _ = log.workers()) {
            ReplayResult result = replay.throughStream(PayloadSelection.all(), 0, log.streams, heard);
            assertThat(result.selected()).isEqualTo(5_100);
            assertThat(result.counts()).isEqualTo(new ReplayCounts(5_000, 100, 0));
            assertThat(result.wasInterrupted()).isFalse();
        }
        assertThat(log.processedIds()).hasSize(5_100).containsAll(known).containsAll(fresh);
        assertThat(log.processed).allMatch(QueuedPayload::again);
        assertThat(heard.selected).isEqualTo(5_100);
        assertThat(log.entries()).isZero();
    }

    @Test
    void aDayAndAnIdAreSelected() {
        log.log(now.minus(Duration.ofDays(3)), 10);
        List<PayloadId> yesterday = log.log(now.minus(Duration.ofDays(1)), 10);
        log.log(now, 10);
        PayloadSelection day = new PayloadSelection(
                Set.of(),
                Optional.of(now.minus(Duration.ofDays(2))),
                Optional.of(now.minus(Duration.ofHours(12))),
                false,
                Set.of());
        assertThat(replay.count(day)).isEqualTo(10);
        Set<PayloadId> two = Set.of(yesterday.get(3), yesterday.get(7), PayloadId.at(now));
        PayloadSelection ids = new PayloadSelection(two, Optional.empty(), Optional.empty(), false, Set.of());
        try (StreamConsumers _ = log.workers()) {
            assertThat(replay.throughStream(ids, 0, log.streams, heard).counts().done())
                    .isEqualTo(2);
        }
        assertThat(log.processedIds()).containsExactlyInAnyOrder(yesterday.get(3), yesterday.get(7));
    }

    @Test
    void failedMeansByTheLastOutcome() {
        List<PayloadId> rows = log.log(now.minusSeconds(60), 6_000);
        log.outcome(rows.subList(10, 12), "failed", 1, 0, "1");
        log.outcome(rows.subList(11, 12), "processed", 1, 0, "1"); // since repaired
        log.outcome(rows.subList(5_500, 5_501), "failed", 1, 0, "2");
        PayloadSelection failed = new PayloadSelection(Set.of(), Optional.empty(), Optional.empty(), true, Set.of());
        assertThat(replay.count(failed)).isEqualTo(2);
        try (StreamConsumers _ = log.workers()) {
            replay.throughStream(failed, 0, log.streams, heard);
        }
        assertThat(log.processedIds()).containsExactlyInAnyOrder(rows.get(10), rows.get(5_500));
        assertThat(replay.count(failed)).isZero();
    }

    /// The failed outcome was written by a worker or a Redis whose clock was an hour ahead.
    @Test
    void aReplaysOutcomeIsTheLastWhateverClockMadeTheOneBefore() {
        List<PayloadId> rows = log.log(now.minusSeconds(60), 3);
        log.outcome(rows, "failed", 1, 0, "1");
        log.db.execute("update payload_outcome set attempt = uuid_v7_floor(now() + interval '1 hour')");
        PayloadSelection failed = new PayloadSelection(Set.of(), Optional.empty(), Optional.empty(), true, Set.of());
        try (StreamConsumers _ = log.workers()) {
            replay.throughStream(failed, 0, log.streams, heard);
        }
        assertThat(replay.count(failed)).isZero();
    }

    @Test
    void anAccountsPayloadsAreThoseWhoseLastOutcomeNamesIt() {
        List<PayloadId> rows = log.log(now.minusSeconds(60), 10);
        log.outcome(rows.subList(0, 2), "processed", 1, 0, "1");
        log.outcome(rows.subList(2, 5), "processed", 2, 0, "1", "2");
        PayloadSelection two = new PayloadSelection(Set.of(), Optional.empty(), Optional.empty(), false, Set.of("2"));
        assertThat(replay.count(two)).isEqualTo(3);
        try (StreamConsumers _ = log.workers()) {
            replay.throughStream(two, 0, log.streams, heard);
        }
        assertThat(log.processedIds()).containsExactlyInAnyOrderElementsOf(rows.subList(2, 5));
    }

    @Test
    void countingChangesNothing() {
        log.log(now.minusSeconds(60), 10);
        assertThat(replay.count(PayloadSelection.all())).isEqualTo(10);
        assertThat(log.entries()).isZero();
        assertThat(log.outcomes()).isZero();
    }

    @Test
    void theRateIsKept() {
        log.log(now.minusSeconds(60), 60);
        try (StreamConsumers _ = log.workers()) {
            Instant before = Instant.now();
            replay.throughStream(PayloadSelection.all(), 50, log.streams, heard);
            assertThat(Duration.between(before, Instant.now())).isGreaterThan(Duration.ofMillis(1_100));
        }
        assertThat(log.processed).hasSize(60);
    }

    @Test
    void neverMoreThanTheWindowWaitInTheStream() throws Exception {
        log.log(now.minusSeconds(60), 6_000);
        CountDownLatch open = new CountDownLatch(1);
        AtomicLong longest = new AtomicLong();
        var replaying = CompletableFuture.supplyAsync(
                () -> replay.throughStream(PayloadSelection.all(), 0, log.streams, heard));
        await().until(() -> log.entries() == StreamFeed.WINDOW);
        await().during(Duration.ofMillis(300)).until(() -> log.entries() == StreamFeed.WINDOW);
        try (StreamConsumers _ = log.workers((entries, attempts) -> {
            longest.accumulateAndGet(log.entries(), Math::max);
            open.countDown();
            return log.apply(entries, attempts);
        })) {
            open.await();
            assertThat(replaying.join().counts().done()).isEqualTo(6_000);
        }
        // an entry stays until its batch is acknowledged, after its outcome
        assertThat(longest).hasValueLessThanOrEqualTo(StreamFeed.WINDOW + 2 * 512);
    }

    @Test
    void anInterruptedReplaySaysWhereToGoOn() throws Exception {
        List<PayloadId> rows = log.log(now.minusSeconds(60), 10);
        CompletableFuture<ReplayResult> ended = new CompletableFuture<>();
        Thread replaying = Thread.ofPlatform()
                .start(() -> ended.complete(replay.throughStream(PayloadSelection.all(), 0, log.streams, heard)));
        await().until(() -> log.entries() == 10);
        List<PayloadId> first = rows.subList(0, 4);
        log.process(log.redis.xrange("twotick:payloads", (StreamEntryID) null, null).stream()
                .map(StreamEntry::getFields)
                .filter(fields -> first.contains(PayloadId.parse(fields.get("id"))))
                .map(fields -> new LogFixture.Delivery(
                        new QueuedPayload(PayloadId.parse(fields.get("id")), now, null, null, null, null, true, false),
                        UUID.fromString(fields.get("attempt"))))
                .toList());
        await().until(() -> !heard.counts.isEmpty() && heard.counts.stream().anyMatch(at -> at.done() == 4));
        replaying.interrupt();
        ReplayResult result = ended.get();
        assertThat(result.wasInterrupted()).isTrue();
        assertThat(result.resumeSince()).contains(rows.get(4).time());
        assertThat(result.counts().applied()).isEqualTo(4);
    }

    @Test
    void withoutWorkersItSaysSo() throws Exception {
        log.log(now.minusSeconds(60), 10);
        StreamFeed impatient = new StreamFeed(log.db, log.streams, Duration.ofMillis(100));
        var replaying =
                CompletableFuture.supplyAsync(() -> replay.throughStream(PayloadSelection.all(), 0, impatient, heard));
        await().until(() -> !heard.reasons.isEmpty());
        assertThat(heard.reasons.peek()).contains("no worker reads the stream");
        try (StreamConsumers _ = log.workers()) {
            assertThat(replaying.join().counts().applied()).isEqualTo(10);
        }
    }

    @Test
    void entriesThatRedisLosesArePushedAgain() {
        log.log(now.minusSeconds(60), 100);
        StreamFeed impatient = new StreamFeed(log.db, log.streams, Duration.ofMillis(100));
        var replaying =
                CompletableFuture.supplyAsync(() -> replay.throughStream(PayloadSelection.all(), 0, impatient, heard));
        await().until(() -> log.entries() == 100);
        log.redis.flushAll();
        await().until(() -> log.entries() == 100);
        try (StreamConsumers _ = log.workers()) {
            assertThat(replaying.join().counts().applied()).isEqualTo(100);
        }
    }

    @Test
    void inProcessNeedsNoStream() {
        log.log(now.minusSeconds(60), 300);
        log.log(now.minusSeconds(30), 10, new byte[1 << 20]);
        Queue<Integer> sizes = new ConcurrentLinkedQueue<>();
        ReplayResult result = replay.inProcess(
                PayloadSelection.all(),
                0,
                payloads -> {
                    sizes.add(payloads.size());
                    assertThat(payloads.stream()
                                    .mapToInt(payload -> payload.body().length)
                                    .sum())
                            .isLessThanOrEqualTo(8 << 20);
                    log.process(payloads.stream()
                            .map(payload -> new LogFixture.Delivery(payload, Objects.requireNonNull(payload.attempt())))
                            .toList());
                },
                heard);
        assertThat(result.counts()).isEqualTo(new ReplayCounts(310, 0, 0));
        assertThat(sizes).allMatch(size -> size <= 256);
        assertThat(log.entries()).isZero();
    }
}
