package dev.twotick.worker.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.replay.LogFixture;
import java.time.Duration;
import java.util.stream.IntStream;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@WithStores
class DatabaseEpochTest {
    private final Stores stores;
    private final LogFixture log;
    private final DatabaseEpoch epoch;

    DatabaseEpochTest(Stores stores) {
        this.stores = stores;
        log = new LogFixture(stores);
        epoch = new DatabaseEpoch(log.db, log.redis, Duration.ofMillis(50));
    }

    @BeforeEach
    void empty() {
        log.empty();
        log.db.execute("delete from epoch");
    }

    @AfterEach
    void close() {
        epoch.close();
        log.close();
    }

    @Test
    void allWorkersAgreeOnOneEpoch() {
        var names = IntStream.range(0, 8)
                .parallel()
                .mapToObj(n -> {
                    DatabaseEpoch other = new DatabaseEpoch(log.db, log.redis, Duration.ofMinutes(1));
                    other.refresh();
                    return other.get();
                })
                .distinct()
                .toList();
        assertThat(names).singleElement().asString().hasSize(16);
        assertThat(rows()).isEqualTo(1);
    }

    @Test
    void itStaysWhileTheDatabaseLives() {
        epoch.refresh();
        String first = epoch.get();
        log.log(java.time.Instant.now(), 10);
        epoch.refresh();
        assertThat(epoch.get()).isEqualTo(first);
    }

    @Test
    void aLogBehindTheFurthestPointSeenBeginsANewOne() {
        epoch.refresh();
        String first = epoch.get();
        log.redis.set("twotick:lsn", String.valueOf(Long.MAX_VALUE));
        epoch.refresh();
        String second = epoch.get();
        assertThat(second).isNotEqualTo(first);
        epoch.refresh();
        assertThat(epoch.get()).as("one restore, one epoch").isEqualTo(second);
        assertThat(rows()).isEqualTo(2);
    }

    @Test
    void anotherServerOrTimelineBeginsANewOne() {
        epoch.refresh();
        String first = epoch.get();
        log.db.execute("update epoch set timeline = timeline + 1");
        epoch.refresh();
        assertThat(epoch.get()).isNotEqualTo(first);
        log.db.execute("update epoch set system_identifier = '1'");
        String second = epoch.get();
        epoch.refresh();
        assertThat(epoch.get()).isNotEqualTo(second);
    }

    @Test
    void afterAFailureItIsUnknownUntilTheDatabaseHasBeenAsked() {
        epoch.refresh();
        epoch.start();
        stores.stopPostgres();
        epoch.doubt();
        assertThat(epoch.get()).isEmpty();
        assertThatThrownBy(epoch::refresh).isInstanceOf(DataAccessException.class);
        stores.startPostgres();
        await().until(() -> !epoch.get().isEmpty());
    }

    /// Its files may be older ones, whose log has overtaken the old end since.
    @Test
    void aServerThatWasStartedAgainIsAnotherAndNobodyHasToNotice() {
        epoch.refresh();
        String first = epoch.get();
        assertThat(epoch.stands(first)).isTrue();
        stores.restartPostgres();
        assertThat(epoch.get()).isEqualTo(first);
        await().ignoreExceptions().until(() -> !epoch.stands(first));
        assertThat(epoch.get()).isEmpty();
        epoch.refresh();
        assertThat(epoch.get()).isNotEmpty().isNotEqualTo(first);
    }

    @Test
    void aServerThatDoesNotTellItsIdentityStillHasAnEpoch() {
        log.db.execute("revoke execute on function pg_control_system() from public");
        log.db.execute("drop role if exists plain");
        log.db.execute("create role plain login");
        log.db.execute("grant select, insert on epoch to plain");
        log.db.execute("grant usage on all sequences in schema public to plain");
        org.jooq.DSLContext plain = org.jooq.impl.DSL.using(new org.jooq.impl.DefaultConfiguration()
                .set(org.jooq.SQLDialect.POSTGRES)
                .set(new AsRole(log.pool, "plain")));
        DatabaseEpoch limited = new DatabaseEpoch(plain, log.redis, Duration.ofMinutes(1));
        limited.refresh();
        String first = limited.get();
        limited.refresh();
        assertThat(limited.get()).isNotEmpty().isEqualTo(first);
        assertThat(log.db.fetchSingle("select system_identifier from epoch").get(0))
                .isEqualTo("unknown");
    }

    private int rows() {
        return log.db.fetchCount(dev.twotick.db.schema.Tables.EPOCH);
    }

    /// Connections that gave up their rights.
    private record AsRole(javax.sql.DataSource source, String role) implements org.jooq.ConnectionProvider {
        @Override
        public java.sql.Connection acquire() {
            try {
                java.sql.Connection connection = source.getConnection();
                try (java.sql.Statement set = connection.createStatement()) {
                    set.execute("set role " + role);
                }
                return connection;
            } catch (java.sql.SQLException e) {
                throw new DataAccessException("no connection", e);
            }
        }

        @Override
        public void release(java.sql.Connection connection) {
            try {
                try (java.sql.Statement reset = connection.createStatement()) {
                    reset.execute("reset role");
                }
                connection.close();
            } catch (java.sql.SQLException e) {
                throw new DataAccessException("no reset", e);
            }
        }
    }
}
