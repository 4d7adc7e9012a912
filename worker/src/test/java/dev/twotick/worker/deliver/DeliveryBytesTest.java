package dev.twotick.worker.deliver;

import static dev.twotick.worker.outbox.HookTables.events;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.settings.Cidr;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.deliver.Receiver.Call;
import dev.twotick.worker.deliver.Receiver.Reply;
import dev.twotick.worker.outbox.HookEvent;
import dev.twotick.worker.outbox.HookSettings;
import dev.twotick.worker.outbox.HookTables;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Bodies in hand are bounded in bytes, whatever their number and their size.
@WithStores
class DeliveryBytesTest extends DeliveryLoopFixture {
    private static final int BUDGET = 1_000_000;

    @Test
    void manyLargeBodiesAreSentWithinTheBudgetEachOnce() {
        int size = 300_000;
        AtomicLong most = new AtomicLong();
        receiver.answering(_ -> {
            most.accumulateAndGet(heldBytes(), Math::max);
            return Reply.OK;
        });
        tables.endpoint("app", receiver.url());
        DeliveryLoop loop = start();
        tables.enqueue(settings, large("a.b", 100, size), 0);
        for (int i = 0; i < 20; i++) {
            loop.sendFirst(
                    tables.enqueue(loop::freeBytes, settings, large("first.b" + "x".repeat(i), 5, size), loop.free()));
        }

        await().until(() -> tables.deliveries() == 0);

        assertThat(most.get()).isGreaterThan(size).isLessThanOrEqualTo(BUDGET + size + 200);
        assertThat(heldBytes()).isZero();
        assertThat(receiver.calls.stream().map(Call::id)).hasSize(200).doesNotHaveDuplicates();
        assertThat(tables.attempts()).hasSize(200).containsOnly("delivered");
    }

    @Test
    void aBodyLargerThanTheBudgetIsSentAndSoIsWhatWaitsBehindIt() {
        tables.endpoint("app", receiver.url());
        start();

        tables.enqueue(settings, large("a.b", 3, 2 * BUDGET), 0);
        tables.enqueue(settings, events("small.one", 3), 0);

        await().until(() -> tables.deliveries() == 0);
        assertThat(receiver.calls).hasSize(6);
    }

    @Test
    void largeBodiesOfEndpointsThatDoNotAnswerDelayNobodysSmallOnes() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        Receiver sound = opened(new Receiver());
        receiver.answering(_ -> {
            awaitQuietly(end);
            return Reply.OK;
        });
        tables.endpoint("hog", receiver.url(), "a.*");
        tables.endpoint("hog too", receiver.url(), "a.*");
        tables.endpoint("larger than all", receiver.url(), "huge.*");
        tables.endpoint("sound", sound.url(), "small.*");
        tables.enqueue(settings, large("huge.b", 2, 2 * BUDGET), 0);
        tables.enqueue(settings, large("a.b", 60, 50_000), 0);
        HookSettings patient =
                HookTables.settings(Duration.ofSeconds(15), Duration.ofSeconds(60), List.of(Cidr.parse("127.0.0.0/8")));
        loop(patient, SOON, PATIENT, BUDGET);
        await().until(() -> heldBytes() > 2 * BUDGET + BUDGET / 4);

        tables.enqueue(settings, events("small.one", 300), 0);

        await().until(() -> sound.calls.size() == 300);
        assertThat(heldBytes()).isLessThanOrEqualTo(3 * BUDGET + 1_000);
        end.countDown();
        await().until(() -> tables.deliveries() == 0);
    }

    private DeliveryLoop start() {
        return loop(settings, SOON, PATIENT, BUDGET);
    }

    private long heldBytes() {
        return (long) metrics.get("twotick.hook.held.bytes").gauge().value();
    }

    private static List<HookEvent> large(String type, int count, int size) {
        String data = "\"" + "x".repeat(size) + "\"";
        return IntStream.range(0, count)
                .mapToObj(n -> new HookEvent(type, "fact " + n, null, null, Instant.EPOCH, data))
                .toList();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
