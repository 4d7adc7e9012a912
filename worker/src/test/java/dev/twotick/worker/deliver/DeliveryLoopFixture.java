package dev.twotick.worker.deliver;

import static dev.twotick.worker.outbox.HookTables.event;

import com.standardwebhooks.Webhook;
import dev.twotick.worker.deliver.Receiver.Call;
import dev.twotick.worker.outbox.DeliveryLedger;
import dev.twotick.worker.outbox.EndpointCircuitBreaker;
import dev.twotick.worker.outbox.HookSettings;
import dev.twotick.worker.outbox.HookTablesFixture;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// Loops on real stores, and a receiver, for the tests of this package.
abstract class DeliveryLoopFixture extends HookTablesFixture {
    static final RetrySchedule SOON = new RetrySchedule(
            List.of(Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofMillis(50)), 0.2, Duration.ofHours(24));
    static final EndpointCircuitBreaker PATIENT =
            new EndpointCircuitBreaker(1_000, 1_000, Duration.ofSeconds(5), Duration.ofMinutes(15), Duration.ofDays(5));
    private final List<AutoCloseable> opened = new ArrayList<>();
    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    Receiver receiver;

    @BeforeEach
    void open() throws Exception {
        receiver = opened(new Receiver());
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    <T extends AutoCloseable> T opened(T closeable) {
        opened.add(closeable);
        return closeable;
    }

    DeliveryLoop loop() {
        return loop(settings, SOON, PATIENT);
    }

    DeliveryLoop loop(HookSettings with, RetrySchedule schedule, EndpointCircuitBreaker breaker) {
        return loop(with, schedule, breaker, 16 * 1024 * 1024);
    }

    DeliveryLoop loop(HookSettings with, RetrySchedule schedule, EndpointCircuitBreaker breaker, long bodyBytes) {
        return loop(with, schedule, breaker, InstantSource.system(), bodyBytes);
    }

    DeliveryLoop loop(
            HookSettings with,
            RetrySchedule schedule,
            EndpointCircuitBreaker breaker,
            InstantSource clock,
            long bodyBytes) {
        DeliveryLoop loop = opened(new DeliveryLoop(
                new DeliveryLedger(tables.db, with, breaker), with, metrics, schedule, clock, bodyBytes));
        loop.start();
        return loop;
    }

    void commitAndSend(DeliveryLoop loop, String type, String factKey) {
        loop.sendFirst(tables.enqueue(settings, List.of(event(type, factKey)), 100));
    }

    static void verify(String secret, Call call) throws Exception {
        new Webhook(secret).verify(call.body(), HttpHeaders.of(Map.copyOf(call.headers()), (_, _) -> true));
    }
}
