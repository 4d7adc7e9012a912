package dev.twotick.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// Somebody sets the clock while ingest runs. What it waits for it measures by another clock.
@WithStores
class ClockTest {
    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

    @Test
    void aClockThatIsSetBreaksNeitherIdsNorPartitionsNorTheWatch(Stores stores) throws Exception {
        InstantSource clock = () -> Instant.now().plus(ahead.get());
        try (var running = Running.start(stores, Map.of(), clock)) {
            Traffic traffic = new Traffic(4, () -> running.client(Running.SECRET));
            List<Duration> jumps = List.of(
                    Duration.ZERO,
                    Duration.ofHours(1),
                    Duration.ofHours(-1),
                    Duration.ofDays(40), // a day that has no partition yet
                    Duration.ofDays(-400),
                    Duration.ZERO);
            for (Duration jump : jumps) {
                ahead.set(jump);
                traffic.awaitMore(50, 200);
                Instant now = clock.instant();
                assertThat(running.log())
                        .as("after a jump of " + jump)
                        .anyMatch(row ->
                                Duration.between(PayloadId.parse(row.id()).time(), now)
                                                .abs()
                                                .toSeconds()
                                        < 60);
            }
            stores.killPostgres();
            traffic.awaitMore(20, 200);
            ahead.set(Duration.ofHours(-1));
            stores.startPostgres();
            long accepted = running.log().size();
            await().until(() -> running.log().size() > accepted + 50);

            traffic.end();
            assertThat(traffic.answered(503)).isZero();
            assertThat(running.log().size() + running.toLog().size()).isGreaterThanOrEqualTo(traffic.accepted.size());
            assertThat(running.log().stream().map(Running.LogRow::id)).doesNotHaveDuplicates();
        }
    }
}
