package dev.twotick.worker.deliver;

import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static dev.twotick.worker.outbox.HookTables.event;
import static java.util.Collections.nCopies;

import dev.twotick.worker.deliver.Receiver.Call;
import dev.twotick.worker.outbox.HookEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Endpoints that ask for batches, and what is in a call of theirs.
abstract class BatchedCallsFixture extends DeliveryLoopFixture {
    static final RetrySchedule AT_ONCE =
            new RetrySchedule(nCopies(200, Duration.ofMillis(5)), 0.2, Duration.ofHours(24));

    private int facts;

    UUID batched(String url, int events) {
        UUID id = tables.endpoint("app", url);
        tables.db
                .update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.BATCH, events)
                .where(HOOK_ENDPOINT.ID.eq(id))
                .execute();
        return id;
    }

    List<HookEvent> good(int count) {
        return IntStream.range(0, count)
                .mapToObj(_ -> event("good.one", "fact " + facts++))
                .toList();
    }

    static HookEvent of(int line, int n) {
        return new HookEvent(
                        "a.b", line + ":" + n, null, null, Instant.EPOCH, "{\"line\":" + line + ",\"n\":" + n + "}")
                .inLineOf((long) line + 1, 0);
    }

    static JsonNode json(Call call) {
        return JsonMapper.shared().readTree(call.body());
    }

    static List<JsonNode> events(Call call) {
        return json(call).path("data").valueStream().toList();
    }

    static List<String> ids(Call call) {
        return events(call).stream().map(event -> event.path("id").asString()).toList();
    }

    static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
