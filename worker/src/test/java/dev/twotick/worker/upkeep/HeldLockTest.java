package dev.twotick.worker.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

@WithStores
class HeldLockTest {

    /// Requeue holds its lock for days: a snapshot as old would keep every dead row since.
    @Test
    void aLockThatIsHeldKeepsNothingFromBeingVacuumed(Stores stores) throws SQLException {
        try (Connection holder = stores.connect();
                Connection onlooker = stores.connect()) {
            holder.setAutoCommit(false);
            HeldLock held = HeldLock.tryTake(holder, "test");
            assertThat(held).isNotNull();
            assertThat(snapshots(onlooker)).isZero();
            held.check();
            assertThat(snapshots(onlooker)).isZero();
            assertThat(HeldLock.tryTake(onlooker, "test")).isNull();
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
