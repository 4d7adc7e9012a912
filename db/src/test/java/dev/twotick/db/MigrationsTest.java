package dev.twotick.db;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

@WithStores
class MigrationsTest {

    @Test
    void twoProcessesThatStartTogetherMigrateOnce(Stores stores) throws Exception {
        var settings = new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password());
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
                    .isEqualTo(15L);
            assertThat(db.fetchValue("select ensure_partitions('2031-03-03', '2031-03-04')"))
                    .isEqualTo(8);
            assertThat(db.fetchValue("select ensure_partitions('2031-03-03', '2031-03-04')"))
                    .isEqualTo(0);
            assertThat(Migrations.pending(pool)).isZero();
        }
    }
}
