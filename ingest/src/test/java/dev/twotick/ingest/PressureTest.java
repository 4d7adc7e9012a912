package dev.twotick.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

@WithStores
class PressureTest {
    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final Map<Integer, AtomicLong> answers = new ConcurrentHashMap<>();
    private final AtomicLong withoutRetryAfter = new AtomicLong();
    private final AtomicBoolean over = new AtomicBoolean();

    @Test
    void farMoreThanTheLogCanTakeIsRefusedInASmallHeapAndNothingAcceptedIsLost(Stores stores) throws Exception {
        try (var running = Running.start(stores, Map.of());
                var ingest = new IngestProcess(
                        stores, Map.of("TWOTICK_QUEUE_ENTRIES", "300", "TWOTICK_TO_LOG_MAX_MB", "1"), "-Xmx64m");
                var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Meta meta = ingest.meta();
            List<Future<?>> flooding = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                String name = "client " + i + " post ";
                flooding.add(clients.submit(() -> flood(meta, name)));
            }
            awaitMore(400, 200);
            try (var lock = stores.connect()) {
                lock.setAutoCommit(false);
                lock.createStatement().execute("lock table payload_log in exclusive mode");
                awaitMore(2_000, 503);
            }
            awaitMore(2_000, 200);
            over.set(true);
            for (Future<?> client : flooding) {
                client.get(); // each post was answered
            }

            assertThat(ingest.process.isAlive()).isTrue();
            assertThat(answers).containsOnlyKeys(200, 503);
            assertThat(withoutRetryAfter).hasValue(0);
            assertThat(running.kept().stream().map(String::strip)).containsAll(accepted);
            await().until(() -> ingest.at("/metrics").get("").body().contains("in_flight_bytes 0"));
            ingest.stop();
            assertThat(ingest.process.waitFor()).isEqualTo(128 + 15);
        }
    }

    private void flood(Meta meta, String name) {
        for (int post = 0; !over.get(); post++) {
            String body = name + post;
            HttpResponse<String> answer = meta.post(body + " ".repeat(10_000));
            if (answer.statusCode() == 200) {
                accepted.add(body);
            } else if (answer.headers().firstValue("Retry-After").isEmpty()) {
                withoutRetryAfter.incrementAndGet();
            }
            answers.computeIfAbsent(answer.statusCode(), _ -> new AtomicLong()).incrementAndGet();
        }
    }

    private void awaitMore(int posts, int status) {
        AtomicLong count = answers.computeIfAbsent(status, _ -> new AtomicLong());
        long before = count.get();
        await().until(() -> count.get() >= before + posts);
    }
}
