package dev.twotick.endtoend;

import static dev.twotick.endtoend.Bodies.messages;
import static dev.twotick.endtoend.Bodies.payload;
import static dev.twotick.endtoend.Bodies.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.Worker;
import dev.twotick.worker.WorkerSettings;
import java.sql.Connection;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A version to come brings its schema while this one serves: `migration-later` adds a column and an index.
@WithStores
class MigrationTest {
    private final Queue<Integer> answers = new ConcurrentLinkedQueue<>();
    private final AtomicInteger sequence = new AtomicInteger();
    private volatile boolean going = true;

    @Test
    void aLaterVersionsMigrationRunsUnderTrafficAndThisVersionGoesOn(Stores stores) throws Exception {
        var settings = new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password());
        try (Installation twotick = new Installation(stores, 1);
                HikariDataSource pool = Database.pool(settings, "migrate", 3, Duration.ZERO);
                Connection report = stores.connect()) {
            List<Thread> clients = IntStream.range(0, 4)
                    .mapToObj(i -> Thread.startVirtualThread(() -> postSteadily(twotick)))
                    .toList();
            await().until(() -> answers.size() > 100);

            // somebody's long query is in the migration's way, and traffic must not queue up behind both
            report.setAutoCommit(false);
            report.createStatement().execute("select count(*) from message, payload_log, hook_event");
            var migrated = CompletableFuture.supplyAsync(
                    () -> Migrations.migrate(pool, "classpath:migration-later"), Thread::startVirtualThread);
            int then = answers.size();
            await().until(() -> answers.size() > then + 300
                    && !twotick.one("select count(*) from message").equals(0L));
            assertThat(migrated).isNotDone();
            report.commit();
            assertThat(migrated.get(3, TimeUnit.MINUTES)).isEqualTo(3);

            twotick.startWorker(); // this version, against the later one's schema
            int after = answers.size();
            await().until(() -> answers.size() > after + 100);
            going = false;
            for (Thread client : clients) {
                client.join();
            }
            twotick.settle();

            assertThat(answers).containsOnly(200);
            assertThat(twotick.one("select count(*) from message where wamid like 'wamid.Mig%'"))
                    .isEqualTo((long) answers.size());
            assertThat(twotick.one("select count(*) from payload where state = 'failed'"))
                    .isEqualTo(0L);
        }
    }

    @Test
    void aWorkerWaitsForItsSchemaAndRunsOnceItIsThere(Stores stores) throws Exception {
        try (Connection connection = stores.connect()) {
            connection.createStatement().execute("create database older");
        }
        String url = stores.jdbcUrl().replaceFirst("/[^/]*$", "/older");
        var settings = new DatabaseSettings(url, stores.user(), stores.password());
        Map<String, String> environment = new HashMap<>(Map.of(
                "TWOTICK_DATABASE_URL", url,
                "TWOTICK_DATABASE_USER", stores.user(),
                "TWOTICK_DATABASE_PASSWORD", stores.password(),
                "TWOTICK_REDIS_URL", stores.redisUrl(),
                "TWOTICK_WORKER_PORT", "0"));
        try (Worker worker = new Worker(
                        WorkerSettings.read(environment), EnumSet.of(Worker.Role.CONSUME, Worker.Role.DELIVER));
                HikariDataSource pool = Database.pool(settings, "migrate", 3, Duration.ZERO)) {
            var running = CompletableFuture.runAsync(() -> start(worker), Thread::startVirtualThread);
            // it has looked, which makes a connection, and waits
            await().until(() -> Database.jooq(pool)
                    .fetchValue("select count(*) > 0 from pg_stat_activity where datname = 'older'"
                            + " and application_name = 'twotick-worker'")
                    .equals(true));
            assertThat(running).isNotDone();

            Migrations.migrate(pool);

            await().until(running::isDone);
            running.join();
        }
    }

    private static void start(Worker worker) {
        try {
            worker.start();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void postSteadily(Installation twotick) {
        while (going) {
            int n = sequence.incrementAndGet();
            try {
                answers.add(twotick.post(payload(messages(
                        "5001", List.of(text("1650555" + (5000 + n % 40), "wamid.Mig" + n, "hello"))))));
                Thread.sleep(4); // a steady load, not all that there can be
            } catch (Exception e) {
                answers.add(-1);
            }
        }
    }
}
