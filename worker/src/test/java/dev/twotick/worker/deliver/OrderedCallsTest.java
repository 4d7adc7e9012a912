package dev.twotick.worker.deliver;

import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static java.util.Collections.nCopies;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.WithStores;
import dev.twotick.worker.deliver.Receiver.Reply;
import dev.twotick.worker.outbox.HookEvent;
import dev.twotick.worker.outbox.HookTables;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Of an endpoint that wants order: the calls of one conversation go one after the other.
@WithStores
@Tag("postgres15")
class OrderedCallsTest extends DeliveryLoopFixture {
    private static final Pattern PLACE = Pattern.compile("\"line\":(\\d+),\"n\":(\\d+)");
    private static final RetrySchedule AT_ONCE =
            new RetrySchedule(nCopies(100, Duration.ofMillis(5)), 0.2, Duration.ofHours(24));

    private final Map<Integer, List<Integer>> took = new HashMap<>();
    private final Set<Integer> inFlight = new HashSet<>();
    private final List<String> broken = new ArrayList<>();

    @Test
    void theNextOfAConversationWaitsForTheOneBefore() {
        Random random = new Random(7);
        tables.endpoint("other", receiver.url(), "nothing");
        ordered(
                "app",
                receiver.answeringEach(call -> take(call, random.nextInt(4) > 0))
                        .url());
        List<DeliveryLoop> loops = List.of(
                loop(settings, AT_ONCE, PATIENT), loop(settings, AT_ONCE, PATIENT), loop(settings, AT_ONCE, PATIENT));

        for (int n = 0; n < 40; n++) {
            List<HookEvent> events = new ArrayList<>();
            for (int line = 1; line <= 1 + n % 5; line++) {
                events.add(of(line, 2 * n));
                events.add(of(line, 2 * n + 1));
            }
            loops.get(n % 3).sendFirst(tables.enqueue(settings, events, random.nextInt(10)));
        }

        await().untilAsserted(() -> assertThat(tables.deliveries()).isZero());
        assertThat(broken).isEmpty();
        assertThat(took.get(1))
                .containsExactlyElementsOf(IntStream.range(0, 80).boxed().toList());
        assertThat(took).hasSize(5).allSatisfy((_, places) -> assertThat(places).isSorted());
        assertThat(tables.attempts()).contains("retry");
    }

    private Reply take(Receiver.Call call, boolean well) {
        Matcher place = PLACE.matcher(call.body());
        assertThat(place.find()).isTrue();
        int line = Integer.parseInt(place.group(1));
        synchronized (inFlight) {
            if (!inFlight.add(line)) {
                broken.add("two calls of " + line + " at once");
            }
            if (well) {
                took.computeIfAbsent(line, _ -> new ArrayList<>()).add(Integer.parseInt(place.group(2)));
            }
        }
        LockSupport.parkNanos(1_000_000); // so that a second call would meet it
        synchronized (inFlight) {
            inFlight.remove(line);
        }
        return new Reply(well ? 204 : 503, Map.of());
    }

    @Test
    void afterADeadOneTheNextGoesOn() {
        ordered(
                "app",
                receiver.answeringEach(call -> new Reply(call.body().contains("\"n\":0") ? 503 : 204, Map.of()))
                        .url());
        DeliveryLoop loop = loop();

        loop.sendFirst(tables.enqueue(settings, List.of(of(1, 0), of(1, 1)), 100));

        await().untilAsserted(() ->
                assertThat(tables.attempts()).containsExactly("retry", "retry", "retry", "dead", "delivered"));
    }

    @Test
    void whatIsAboutNoConversationWaitsForNone() {
        ordered("app", receiver.answering(503).url());
        DeliveryLoop loop =
                loop(settings, new RetrySchedule(List.of(Duration.ofHours(1)), 0, Duration.ofHours(24)), PATIENT);

        loop.sendFirst(tables.enqueue(settings, HookTables.events("a.b", 5), 2));

        await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(5));
    }

    private UUID ordered(String name, String url) {
        UUID id = tables.endpoint(name, url);
        tables.db
                .update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.ORDERED, true)
                .where(HOOK_ENDPOINT.ID.eq(id))
                .execute();
        return id;
    }

    private static HookEvent of(int line, int n) {
        return new HookEvent(
                        "a.b",
                        line + ":" + n,
                        null,
                        null,
                        Instant.parse("2026-11-21T10:00:00Z"),
                        "{\"line\":" + line + ",\"n\":" + n + "}")
                .inLineOf((long) line, 0);
    }
}
