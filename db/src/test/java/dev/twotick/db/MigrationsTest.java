package dev.twotick.db;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@WithStores
@Tag("postgres15")
@Tag("containers")
class MigrationsTest {

    @Test
    void twoProcessesThatStartTogetherMigrateOnce(Stores stores) throws Exception {
        try (Connection connection = stores.connect()) {
            connection.createStatement().execute("create database empty");
        }
        String empty = stores.jdbcUrl().replaceFirst("/[^/]*$", "/empty");
        var settings = new DatabaseSettings(empty, stores.user(), stores.password());
        Callable<Integer> process = () -> {
            try (HikariDataSource pool = Database.pool(settings, "migrate", 2, Duration.ZERO)) {
                return Migrations.migrate(pool);
            }
        };
        try (ExecutorService both = Executors.newFixedThreadPool(2)) {
            int ran = 0;
            for (Future<Integer> migrated : both.invokeAll(List.of(process, process))) {
                ran += migrated.get();
            }
            try (HikariDataSource pool = Database.pool(settings, "migrate", 2, Duration.ZERO)) {
                assertThat(ran).isEqualTo(Database.jooq(pool).fetchCount(DSL.table("flyway_schema_history")));
            }
        }
    }

    @Test
    void fourteenDaysAreReadyAndMoreAreMadeOnRequest(Stores stores) throws Exception {
        var settings = new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password());
        try (HikariDataSource pool = Database.pool(settings, "migrate", 2, Duration.ZERO)) {
            Migrations.migrate(pool);
            var db = Database.jooq(pool);

            assertThat(
                            db.fetchValue(
                                    "select count(*) from pg_inherits where inhparent = 'payload_log'::regclass"
                                            + " and right(inhrelid::regclass::text, 8) > to_char(now() at time zone 'UTC', 'YYYYMMDD')"))
                    .isIn(14L, 15L); // midnight may have passed
            assertThat(db.fetchValue("select ensure_partitions('2999-03-03', '2999-03-04')"))
                    .isEqualTo(8);
            assertThat(db.fetchValue("select ensure_partitions('2999-03-03', '2999-03-04')"))
                    .isEqualTo(0);
            assertThat(Migrations.pending(pool)).isZero();
        }
    }

    /// A DDL that waits for a lock would have everybody wait who comes after it.
    @Test
    void behindALongTransactionAMigrationGivesWayAndComesAgain(Stores stores) throws Exception {
        var settings = new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password());
        try (HikariDataSource pool = Database.pool(settings, "migrate", 4, Duration.ZERO);
                Connection report = stores.connect();
                Connection traffic = stores.connect();
                ExecutorService other = Executors.newSingleThreadExecutor()) {
            Migrations.migrate(pool);
            report.setAutoCommit(false);
            report.createStatement().execute("select count(*) from message");
            traffic.createStatement().execute("set statement_timeout = '5s'");

            Future<Integer> migrated = other.submit(() -> Migrations.migrate(pool, "classpath:migration-later"));
            for (int times = 0; times < 2; times++) {
                awaitWaiting(traffic, true, migrated);
                traffic.createStatement().execute("update message set wamid = wamid");
                awaitWaiting(traffic, false, migrated);
            }
            report.commit();

            assertThat(migrated.get()).isEqualTo(2);
            assertThat(Database.jooq(pool)
                            .fetchValue("select indisvalid from pg_index where indexrelid = 'message_later'::regclass"))
                    .isEqualTo(true);
            assertThat(Migrations.pending(pool)).isZero();
            assertThat(Migrations.migrate(pool))
                    .as("a version before this schema")
                    .isZero();
        }
    }

    private static void awaitWaiting(Connection connection, boolean waiting, Future<Integer> migrated)
            throws Exception {
        while (true) {
            assertThat(migrated.isDone() ? migrated.get() : null).as("waits").isNull();
            try (var found = connection
                    .createStatement()
                    .executeQuery("select count(*) > 0 from pg_stat_activity where datname = current_database()"
                            + " and wait_event_type = 'Lock' and query like '%alter table message%'")) {
                if (found.next() && found.getBoolean(1) == waiting) {
                    return;
                }
            }
        }
    }
}
