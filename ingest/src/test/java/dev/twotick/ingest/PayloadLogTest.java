package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@WithStores
@Tag("containers")
class PayloadLogTest {
    private Running running;

    @BeforeEach
    void start(Stores stores) throws Exception {
        running = Running.start(stores, Map.of("TWOTICK_QUEUE_ENTRIES", "80"));
        running.sql("truncate payload_log");
        running.emptyRedis();
    }

    @AfterEach
    void stop() {
        running.close();
    }

    @Test
    void aPostIsAnswered200WithAnEmptyBodyAndIsInTheLogAndOnTheStream() throws Exception {
        var answer = running.meta.post("{\"object\":\"whatsapp_business_account\"}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
        var row = running.log().getFirst();
        assertThat(row.text()).isEqualTo("{\"object\":\"whatsapp_business_account\"}");
        await().untilAsserted(() -> assertThat(running.stream()).hasSize(1));
        var entry = running.stream().getFirst();
        assertThat(entry.id()).hasToString(row.id());
        assertThat(entry.body()).isEqualTo(row.body());
        assertThat(entry.app()).isEqualTo("shop");
        assertThat(entry.again()).isFalse();
    }

    @Test
    void aTrailingSlashIsAccepted() {
        assertThat(running.path("/webhook/").post("{}").statusCode()).isEqualTo(200);
    }

    @Test
    void whatIsNotJsonIsLoggedByteForByteToo() throws Exception {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        for (byte[] body : List.of(bytes, new byte[0], "[1,2".getBytes(UTF_8), new byte[] {0})) {
            assertThat(running.meta.post(body).statusCode()).isEqualTo(200);
            assertThat(running.log().getLast().body()).isEqualTo(body);
        }
    }

    @Test
    void sixtyFourClientsAtOnceAreEachLoggedOnceAndPushedOnce() throws Exception {
        int clients = 64;
        int posts = 100;
        AtomicInteger refused = new AtomicInteger();
        Set<String> sent = ConcurrentHashMap.newKeySet();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int client = 0; client < clients; client++) {
                String name = "client " + client + " post ";
                Meta meta = running.client(Running.SECRET);
                executor.execute(() -> {
                    for (int post = 0; post < posts; post++) {
                        sent.add(name + post);
                        if (meta.post(name + post).statusCode() != 200) {
                            refused.incrementAndGet();
                        }
                    }
                });
            }
        }
        assertThat(refused).hasValue(0);
        assertThat(running.bodies()).hasSize(clients * posts).containsExactlyInAnyOrderElementsOf(sent);
        await().untilAsserted(() -> assertThat(running.stream()).hasSize(clients * posts));
        assertThat(running.stream().stream()
                        .map(entry -> new String(entry.body(), UTF_8))
                        .collect(Collectors.toSet()))
                .isEqualTo(sent);
        await().until(() -> running.metrics().contains("twotick_ingest_pushes_total{outcome=\"pushed\"} 6400.0"));
    }

    @Test
    void aMissingPartitionIsMade() throws Exception {
        running.sql("""
                do $$ declare child text; begin
                    for child in select inhrelid::regclass::text from pg_inherits where inhparent = 'payload_log'::regclass
                    loop execute 'drop table ' || child; end loop;
                end $$""");
        assertThat(running.meta.post("first of the day").statusCode()).isEqualTo(200);
        assertThat(running.bodies()).containsExactly("first of the day");
    }

    @Test
    void aPostIsNotAnsweredBeforeItsRowIsCommitted(Stores stores) throws Exception {
        try (var connection = stores.connect();
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            connection.setAutoCommit(false);
            connection.createStatement().execute("lock table payload_log in exclusive mode");
            var answer = executor.submit(() -> running.meta.post("held up"));
            try (var waiting = stores.connect()) {
                await().until(() -> {
                    var row = waiting.createStatement().executeQuery("select count(*) from pg_locks where not granted");
                    row.next();
                    return row.getInt(1) > 0;
                });
            }
            assertThat(answer.isDone()).isFalse();
            assertThat(running.bodies()).isEmpty();
            connection.commit();
            assertThat(answer.get().statusCode()).isEqualTo(200);
            assertThat(running.kept()).containsExactly("held up");
        }
    }

    @Test
    void whatDoesNotFitIntoTheQueueIsServiceUnavailableAndNothingWaitsLongerThanFourSeconds(Stores stores)
            throws Exception {
        try (var connection = stores.connect();
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            connection.setAutoCommit(false);
            connection.createStatement().execute("lock table payload_log in exclusive mode");
            var answers = new ConcurrentHashMap<Integer, Integer>();
            for (int i = 0; i < 300; i++) {
                Meta meta = running.client(Running.SECRET);
                executor.execute(
                        () -> answers.merge(meta.post("x".repeat(40_000)).statusCode(), 1, Integer::sum));
            }
            await().untilAsserted(
                            () -> assertThat(running.metrics()).contains("outcome=\"queue full\",status=\"503\""));
            executor.shutdown();
            assertThat(executor.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
            assertThat(answers).containsOnlyKeys(503);
        }
    }

    @Test
    void beyondItsCapTheStreamIsLeftAloneAndTheLogIsTheQueue(Stores stores) throws Exception {
        running.close();
        running = Running.start(stores, Map.of("TWOTICK_STREAM_MAX_ENTRIES", "3"));
        for (int i = 0; i < 5; i++) {
            assertThat(running.meta.post("post " + i).statusCode()).isEqualTo(200);
        }
        await().untilAsserted(() ->
                assertThat(running.metrics()).contains("twotick_ingest_pushes_total{outcome=\"stream_full\"} 2.0"));
        assertThat(running.stream()).hasSize(3);
        assertThat(running.log()).hasSize(5);
        try (var redis = running.redis()) {
            redis.del("twotick:payloads");
        }
        running.meta.post("there is room again");
        await().untilAsserted(() -> assertThat(running.stream()).hasSize(1));
    }

    @Test
    void beyondItsMemoryTheStreamIsLeftAloneAndTheLogIsTheQueue(Stores stores) throws Exception {
        running.close();
        running = Running.start(stores, Map.of("TWOTICK_STREAM_MAX_MB", "1"));
        for (int i = 0; i < 60; i++) {
            assertThat(running.meta.post(i + "x".repeat(30_000)).statusCode()).isEqualTo(200);
        }
        await().untilAsserted(() ->
                assertThat(running.metrics()).contains("twotick_ingest_pushes_total{outcome=\"stream_full\"}"));
        try (var redis = running.redis()) {
            assertThat(redis.memoryUsage("twotick:payloads")).isBetween(512 * 1024L, 1024 * 1024L);
            redis.del("twotick:payloads");
        }
        assertThat(running.log()).hasSize(60);
        running.meta.post("there is room again");
        await().untilAsserted(() -> assertThat(running.stream()).hasSize(1));
    }

    @Test
    void aStopAnswersWhatItHas(Stores stores) throws Exception {
        try (var connection = stores.connect();
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            connection.setAutoCommit(false);
            connection.createStatement().execute("lock table payload_log in exclusive mode");
            var answer = executor.submit(() -> running.meta.post("in hand"));
            await().until(() -> running.metrics().contains("twotick_ingest_batch_count 1")
                    || running.metrics().contains("in_flight_bytes 7"));
            int port = running.ingest.port();
            var stop = executor.submit(running::close);
            await().until(() -> {
                try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    return false;
                } catch (IOException e) {
                    return true;
                }
            });
            connection.commit();
            assertThat(answer.get().statusCode()).isEqualTo(200);
            stop.get();
            assertThat(running.kept()).containsExactly("in hand");
        }
    }
}
