package dev.twotick.worker.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

@WithStores
class UpkeepMetricsTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void aJobThatFailsEachTimeIsIdleSinceTheStartAndOneThatEndsWellIsNot(Stores stores) {
        AtomicInteger failures = new AtomicInteger();
        DatabaseSettings database = new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password());
        try (var pool = Database.pool(database, "upkeep", 4, Duration.ZERO);
                Upkeep upkeep = new Upkeep(
                        pool,
                        List.of(job("sound", () -> {}), job("failing", () -> {
                            failures.incrementAndGet();
                            throw new IllegalStateException("each time");
                        })),
                        registry)) {
            long made = System.nanoTime();
            upkeep.start();
            await().until(() -> failures.get() >= 2);
            double sinceMade = (System.nanoTime() - made) / 1e9;
            assertThat(idle("failing")).isGreaterThanOrEqualTo(sinceMade);
            await().until(() -> idle("sound") < idle("failing"));
        }
    }

    private double idle(String task) {
        return registry.get("twotick.upkeep.idle").tag("task", task).timeGauge().value();
    }

    private static Job job(String name, Runnable work) {
        return new Job() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Duration every() {
                return Duration.ofMillis(20);
            }

            @Override
            public void run(HeldLock lock) {
                work.run();
            }
        };
    }
}
