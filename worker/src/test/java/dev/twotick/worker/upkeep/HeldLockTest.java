package dev.twotick.worker.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@WithStores
class HeldLockTest {

    /// Requeue holds its lock for days: a snapshot as old would keep every dead row since.
    @Test
    void aLockThatIsHeldKeepsNothingFromBeingVacuumed(Stores stores) throws SQLException {
        try (Connection holder = stores.connect();
                Connection onlooker = stores.connect()) {
            holder.setAutoCommit(false);
            HeldLock held = HeldLock.tryTake(holder, "test", () -> {});
            assertThat(held).isNotNull();
            assertThat(snapshots(onlooker)).isZero();
            held.check();
            assertThat(snapshots(onlooker)).isZero();
            assertThat(HeldLock.tryTake(onlooker, "test", () -> {})).isNull();
        }
    }

    /// As after a power cut: it would wait for as long as a job's longest statement may take.
    @Test
    void aServerThatSaysNothingIsNotWaitedForLong(Stores stores) throws SQLException {
        var settings = new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password());
        try (HikariDataSource pool = Database.pool(settings, "test", 2, Duration.ofHours(1));
                Connection holder = pool.getConnection()) {
            holder.setAutoCommit(false);
            HeldLock held = HeldLock.tryTake(holder, "silent", () -> {});
            assertThat(held).isNotNull();
            stores.pausePostgres();
            try {
                assertThatThrownBy(held::check).isInstanceOf(SQLException.class);
            } finally {
                stores.resumePostgres();
            }
        }
    }

    private static int snapshots(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var found =
                        statement.executeQuery("select count(*) from pg_stat_activity where backend_xmin is not null"
                                + " and datname = current_database() and pid <> pg_backend_pid()"
                                + " and backend_type = 'client backend'")) {
            found.next();
            return found.getInt(1);
        }
    }
}
