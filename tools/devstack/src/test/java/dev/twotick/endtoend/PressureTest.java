package dev.twotick.endtoend;

import static dev.twotick.endtoend.Bodies.messages;
import static dev.twotick.endtoend.Bodies.payload;
import static dev.twotick.endtoend.Bodies.status;
import static dev.twotick.endtoend.Bodies.statuses;
import static dev.twotick.endtoend.Bodies.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.db.DatabaseSettings;
import dev.twotick.endtoend.Poster.Refused;
import dev.twotick.stores.FreePort;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.net.URI;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/// Far more than the worker applies, in heaps of a few dozen MiB; at first the worker can apply nothing at all.
@WithStores
class PressureTest {
    private static final Duration FLOOD = Duration.ofSeconds(10);
    private static final int STREAM_CAP = 500;
    /// Of requeue's window, which does not count as the stream's cap.
    private static final int WINDOW = 2_048;

    private final ConcurrentMap<Integer, AtomicInteger> answers = new ConcurrentHashMap<>();
    private final Set<String> failures = ConcurrentHashMap.newKeySet();
    private final AtomicInteger sequence = new AtomicInteger();
    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private volatile boolean going = true;

    @Test
    void aFloodIsAnswered200Or503AndWhatWasAnswered200IsAppliedInTheEnd(Stores stores) throws Exception {
        var database = new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password());
        try (Installation twotick = new Installation(database, stores.redisUrl());
                Jvm ingest = Jvm.ingest("96m", environment(twotick, FreePort.any()));
                Jvm worker = Jvm.worker("256m", environment(twotick, FreePort.any()));
                Connection lock = stores.connect();
                Jedis jedis = new Jedis(URI.create(stores.redisUrl()))) {
            ingest.ready();
            worker.ready();
            lock.setAutoCommit(false);
            lock.createStatement().execute("lock table message in exclusive mode");

            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                clients.add(
                        Thread.ofVirtual().start(() -> flood(ingest.port(), PressureTest::small, Integer.MAX_VALUE)));
            }
            for (int i = 0; i < 4; i++) {
                clients.add(Thread.ofVirtual().start(() -> flood(ingest.port(), PressureTest::large, 10)));
            }
            clients.add(Thread.ofVirtual().start(() -> flood(ingest.port(), PressureTest::thousand, 12)));

            AtomicLong longest = new AtomicLong();
            long end = System.nanoTime() + FLOOD.toNanos();
            while (System.nanoTime() < end) {
                longest.accumulateAndGet(jedis.xlen("twotick:payloads"), Math::max);
                if (System.nanoTime() > end - FLOOD.toNanos() / 2 && !lock.getAutoCommit()) {
                    lock.setAutoCommit(true);
                }
                assertThat(ingest.isAlive()).as(ingest::lastLines).isTrue();
                assertThat(worker.isAlive()).as(worker::lastLines).isTrue();
                Thread.sleep(20);
            }
            going = false;
            for (Thread client : clients) {
                client.join();
            }
            System.out.println("pressure: answers " + answers + ", longest stream " + longest + ", applied by now "
                    + twotick.one("select count(*) from payload_outcome") + " of "
                    + twotick.one("select count(*) from payload_log"));
            await().pollInterval(Duration.ofMillis(200))
                    .until(() -> !worker.isAlive()
                            || twotick.one("select count(*) from payload where state = 'received'")
                                    .equals(0L));

            assertThat(ingest.isAlive()).as(ingest::lastLines).isTrue();
            assertThat(worker.isAlive()).as(worker::lastLines).isTrue();
            assertThat(failures).isEmpty();
            assertThat(answers.keySet()).isSubsetOf(200, 503);
            assertThat(longest.get()).isLessThanOrEqualTo(STREAM_CAP + WINDOW + 1_024);
            assertThat(twotick.one("select count(*) from payload where state <> 'processed'"))
                    .isEqualTo(0L);
            assertThat(Set.copyOf(twotick.db
                            .resultQuery("select wamid from message where wamid !~ 'of a thousand'")
                            .fetch(0, String.class)))
                    .containsAll(accepted);
        }
    }

    private static Map<String, String> environment(Installation twotick, int port) {
        Map<String, String> environment = new HashMap<>(twotick.environment);
        environment.put("TWOTICK_HTTP_PORT", String.valueOf(port));
        environment.put("TWOTICK_WORKER_PORT", String.valueOf(port));
        environment.put("TWOTICK_HTTP_HOST", "127.0.0.1");
        environment.put("TWOTICK_STREAM_MAX_ENTRIES", String.valueOf(STREAM_CAP));
        environment.put("TWOTICK_IN_FLIGHT_MB", "16");
        environment.put("TWOTICK_QUEUE_ENTRIES", "1000");
        environment.put("TWOTICK_HOOK_EVENTS", "payload.failed");
        return environment;
    }

    private static String small(int n) {
        return payload(messages("6001", List.of(text("1650555" + (6000 + n % 400), "wamid.P" + n, "hello"))));
    }

    private static final String MUCH = "x".repeat(2_900_000);

    private static String large(int n) {
        return payload(messages("6002", List.of(text("1650555" + (6000 + n % 400), "wamid.P" + n, MUCH))));
    }

    private static String thousand(int n) {
        return payload(
                messages("6003", List.of(text("16505556000", "wamid.P" + n, "hello"))),
                statuses(
                        "6003",
                        IntStream.range(0, 999)
                                .mapToObj(i -> status("of a thousand " + n + "/" + i, "delivered", i))
                                .toList()));
    }

    private void flood(int port, IntFunction<String> bodies, int most) {
        try (Poster poster = new Poster()) {
            for (int i = 0; going && i < most; i++) {
                int n = sequence.incrementAndGet();
                int status = poster.post(port, bodies.apply(n).getBytes(UTF_8));
                answers.computeIfAbsent(status, s -> new AtomicInteger()).incrementAndGet();
                if (status == 200) {
                    accepted.add("wamid.P" + n);
                }
            }
        } catch (IOException | Refused e) {
            failures.add(e.toString());
        }
    }
}
