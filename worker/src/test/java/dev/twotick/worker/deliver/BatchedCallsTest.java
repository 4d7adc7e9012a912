package dev.twotick.worker.deliver;

import static dev.twotick.db.schema.Tables.HOOK_ATTEMPT;
import static dev.twotick.worker.outbox.HookTables.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.WithStores;
import dev.twotick.worker.deliver.Receiver.Call;
import dev.twotick.worker.deliver.Receiver.Reply;
import dev.twotick.worker.outbox.HookEvent;
import dev.twotick.worker.outbox.HookTables;
import dev.twotick.worker.outbox.KeptEvents;
import dev.twotick.worker.outbox.KeptEvents.KeptEvent;
import dev.twotick.worker.outbox.OwedCall;
import java.nio.charset.StandardCharsets;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Of an endpoint that asks for batches: up to so many events in one signed body, each under its own id.
@WithStores
@Tag("postgres15")
class BatchedCallsTest extends BatchedCallsFixture {
    @Test
    void whatWaitsWhenACallBeginsGoesTogetherInOneSignedBody() throws Exception {
        batched(receiver.url(), 100);
        List<HookEvent> events = HookTables.events("message.received", 250);

        loop().sendFirst(tables.enqueue(settings, events, 250));

        await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(250).containsOnly("delivered"));
        assertThat(receiver.calls).extracting(call -> events(call).size()).containsExactlyInAnyOrder(100, 100, 50);
        List<String> ids = new ArrayList<>();
        for (Call call : receiver.calls) {
            verify(HookTables.SECRET_TEXT, call);
            assertThat(json(call).propertyNames()).containsExactly("type", "timestamp", "data");
            assertThat(json(call).path("type").asString()).isEqualTo("batch");
            Instant.parse(json(call).path("timestamp").asString());
            for (JsonNode event : events(call)) {
                assertThat(event.propertyNames()).containsExactly("id", "type", "timestamp", "data");
                ids.add(event.path("id").asString());
            }
        }
        assertThat(events(receiver.calls.getFirst()).getFirst().toString())
                .endsWith(",\"type\":\"message.received\",\"timestamp\":\"2026-11-21T10:00:00Z\","
                        + "\"data\":{\"text\":\"héllo 👋\"}}");
        assertThat(ids)
                .containsExactlyInAnyOrderElementsOf(
                        events.stream().map(event -> event.id().toString()).toList());
        assertThat(tables.db
                        .selectDistinct(HOOK_ATTEMPT.BATCH)
                        .from(HOOK_ATTEMPT)
                        .fetch(HOOK_ATTEMPT.BATCH))
                .extracting(UUID::toString)
                .containsExactlyInAnyOrderElementsOf(
                        receiver.calls.stream().map(Call::id).toList());
        assertThat(tables.deliveries()).isZero();
    }

    @Test
    void oneEventIsABatchToo() throws Exception {
        batched(receiver.url(), 100);

        commitAndSend(loop(), "a.b", "1");

        await().untilAsserted(() -> assertThat(tables.attempts()).containsExactly("delivered"));
        verify(HookTables.SECRET_TEXT, receiver.calls.getFirst());
        assertThat(ids(receiver.calls.getFirst()))
                .containsExactly(event("a.b", "1").id().toString());
    }

    @Test
    void noBatchIsLongerThanAMegabyteUnlessOneEventIs() {
        batched(receiver.url(), 100);
        List<HookEvent> events = IntStream.range(0, 8)
                .mapToObj(n -> large(n, n == 5 ? 1_200_000 : 300_000))
                .toList();

        loop().sendFirst(tables.enqueue(settings, events, 100));

        await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(8).containsOnly("delivered"));
        assertThat(receiver.calls).extracting(call -> events(call).size()).containsExactlyInAnyOrder(3, 3, 1, 1);
        assertThat(receiver.calls)
                .filteredOn(call -> events(call).size() > 1)
                .allSatisfy(call -> assertThat(call.body().length()).isLessThanOrEqualTo(1_000_000));
    }

    @Test
    void whatAnotherHoldsByTheTimeOfTheAnswerIsItsOwn() {
        HookEvent lost = event("a.b", "lost");
        HookEvent erased = event("a.b", "erased");
        CountDownLatch inFlight = new CountDownLatch(1);
        CountDownLatch taken = new CountDownLatch(1);
        batched(
                receiver.answering(n -> {
                            if (n == 0) {
                                inFlight.countDown();
                                awaitQuietly(taken);
                            }
                            return new Reply(200, Map.of(), "thanks".getBytes(StandardCharsets.UTF_8));
                        })
                        .url(),
                100);
        List<HookEvent> events = new ArrayList<>(good(8));
        events.addAll(List.of(lost, erased));

        loop().sendFirst(tables.enqueue(settings, events, 100));
        awaitQuietly(inFlight);
        tables.db.execute(
                "update hook_delivery set claim = gen_random_uuid(), next_attempt_at = now(), leased_until = now()"
                        + " where event_id = ?",
                lost.id());
        tables.db.execute("delete from hook_delivery where event_id = ?", erased.id());
        taken.countDown();

        await().untilAsserted(() -> assertThat(tables.deliveries()).isZero());
        assertThat(tables.attempts()).hasSize(9).containsOnly("delivered");
        assertThat(receiver.calls).hasSize(2);
        assertThat(ids(receiver.calls.get(1))).containsExactly(lost.id().toString());
        // the answer to the first batch may repeat the event that was erased meanwhile
        assertThat(tables.db
                        .selectFrom(HOOK_ATTEMPT)
                        .where(HOOK_ATTEMPT.ANSWER.isNotNull())
                        .fetch(HOOK_ATTEMPT.EVENT_ID))
                .containsExactly(lost.id());
    }

    @Test
    void whatIsErasedIsForgottenInTheAnswersToAllThatWentWithIt() {
        batched(
                receiver.answering(
                                _ -> new Reply(200, Map.of(), "x".repeat(20_000).getBytes(StandardCharsets.UTF_8)))
                        .url(),
                10);
        DeliveryLoop loop = loop();
        loop.sendFirst(tables.enqueue(settings, good(10), 100));
        await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(10));
        loop.sendFirst(tables.enqueue(settings, good(1), 100));
        await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(11));
        // one answer is kept once, whatever it was an answer to
        assertThat(tables.db
                        .resultQuery("select sum(length(answer)) from hook_attempt group by batch")
                        .fetch(0, Integer.class))
                .hasSize(2)
                .allSatisfy(length -> assertThat(length).isBetween(16 * 1_024 - 10, 16 * 1_024));

        tables.db.transaction(tx -> {
            List<KeptEvent> kept = new ArrayList<>();
            KeptEvents.each(tx.dsl(), Instant.EPOCH, Instant.parse("2100-01-01T00:00:00Z"), kept::add);
            KeptEvents.erase(tx.dsl(), Map.of(kept.getFirst().key(), _ -> new byte[0]));
        });

        assertThat(tables.db.fetchCount(HOOK_ATTEMPT, HOOK_ATTEMPT.ANSWER.isNotNull()))
                .isEqualTo(1);
    }

    @Test
    void anEventWithTooLittleLeaseIsLeftOutAndGoesLater() {
        batched(receiver.url(), 100);
        List<OwedCall> owed = new ArrayList<>(tables.enqueue(settings, good(10), 100));
        OwedCall old = owed.get(3);
        owed.set(
                3,
                new OwedCall(
                        old.endpointId(),
                        old.eventId(),
                        old.type(),
                        old.body(),
                        null,
                        null,
                        0,
                        false,
                        old.claim(),
                        System.nanoTime()));

        loop().sendFirst(owed);

        await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(10).containsOnly("delivered"));
        assertThat(receiver.calls).extracting(call -> events(call).size()).containsExactly(9, 1);
        assertThat(ids(receiver.calls.get(1))).containsExactly(old.eventId().toString());
    }

    @Test
    void aBatchHoldsNoTwoOfAConversationWhereOrderIsWanted() {
        Map<Integer, List<Integer>> took = new ConcurrentHashMap<>();
        Set<String> broken = ConcurrentHashMap.newKeySet();
        Random random = new Random(3);
        batched(
                receiver.answeringEach(call -> {
                            boolean well = random.nextInt(4) > 0;
                            Set<Integer> lines = new HashSet<>();
                            for (JsonNode event : events(call)) {
                                int line = event.path("data").path("line").asInt();
                                if (!lines.add(line)) {
                                    broken.add("two of " + line);
                                }
                                if (well) {
                                    took.computeIfAbsent(line, _ -> new ArrayList<>())
                                            .add(event.path("data").path("n").asInt());
                                }
                            }
                            return new Reply(well ? 204 : 429, Map.of());
                        })
                        .url(),
                100);
        tables.db.execute("update hook_endpoint set ordered = true");
        List<DeliveryLoop> loops = List.of(loop(settings, AT_ONCE, PATIENT), loop(settings, AT_ONCE, PATIENT));

        for (int n = 0; n < 20; n++) {
            int place = n;
            loops.get(n % 2)
                    .sendFirst(tables.enqueue(
                            settings,
                            IntStream.range(0, 10)
                                    .mapToObj(line -> of(line, place))
                                    .toList(),
                            random.nextInt(10)));
        }

        await().untilAsserted(() -> assertThat(tables.deliveries()).isZero());
        assertThat(broken).isEmpty();
        assertThat(took)
                .hasSize(10)
                .allSatisfy((_, places) -> assertThat(places)
                        .containsExactlyElementsOf(
                                IntStream.range(0, 20).boxed().toList()));
        assertThat(receiver.calls).anyMatch(call -> events(call).size() > 1);
    }

    @Test
    void aSlowOneHoldsUpNoNeighbourWhoseCallsAreAnEventEach() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        batched(
                receiver.answering(_ -> {
                            awaitQuietly(over);
                            return Reply.OK;
                        })
                        .url(),
                100);
        Receiver neighbour = opened(new Receiver());
        tables.endpoint("neighbour", neighbour.url());
        DeliveryLoop loop = loop(
                HookTables.settings(Duration.ofSeconds(20), Duration.ofSeconds(60), settings.allowNets()),
                AT_ONCE,
                PATIENT);

        for (int i = 0; i < 5; i++) {
            loop.sendFirst(tables.enqueue(settings, good(100), 200));
        }

        await().untilAsserted(() -> assertThat(neighbour.calls).hasSize(500));
        assertThat(neighbour.calls)
                .allSatisfy(
                        call -> assertThat(json(call).path("type").asString()).isEqualTo("good.one"));
        assertThat(receiver.calls).hasSize(5);
        over.countDown();
        await().untilAsserted(() -> assertThat(tables.deliveries()).isZero());
    }

    @Test
    void whateverIsAnsweredEachEventIsDeliveredOnce() {
        Random random = new Random(11);
        List<Integer> answers = List.of(200, 204, 200, 204, 400, 413, 422, 429, 500, 502, 503, 504);
        Map<String, Integer> took = new HashMap<>();
        batched(
                receiver.answeringEach(call -> {
                            synchronized (took) {
                                int status = answers.get(random.nextInt(answers.size()));
                                if (status < 300) {
                                    ids(call).forEach(id -> took.merge(id, 1, Integer::sum));
                                }
                                return new Reply(status, Map.of());
                            }
                        })
                        .url(),
                30);
        List<DeliveryLoop> loops = List.of(
                loop(settings, AT_ONCE, PATIENT), loop(settings, AT_ONCE, PATIENT), loop(settings, AT_ONCE, PATIENT));
        // parked ones are laid aside: here all are to come through
        for (int n = 0; n < 30; n++) {
            loops.get(n % 3).sendFirst(tables.enqueue(settings, good(20), random.nextInt(20)));
        }

        await().untilAsserted(() -> {
            tables.db.execute("update hook_delivery set next_attempt_at = now(), attempt = 0, claim = null,"
                    + " parked_at = null where parked_at is not null");
            assertThat(tables.deliveries()).isZero();
        });
        assertThat(took).hasSize(600).allSatisfy((_, times) -> assertThat(times).isEqualTo(1));
        assertThat(tables.attempts()).filteredOn("delivered"::equals).hasSize(600);
        assertThat(receiver.calls).anyMatch(call -> events(call).size() > 1);
    }

    private static HookEvent large(int n, int bytes) {
        return new HookEvent(
                "a.b", "large " + n, null, null, Instant.EPOCH, "{\"text\":\"" + "x".repeat(bytes) + "\"}");
    }
}
