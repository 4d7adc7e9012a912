package dev.twotick.worker.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.replay.LogFixture;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

@WithStores
@Tag("containers")
class DatabaseEpochTest {
    private final Stores stores;
    private final LogFixture log;
    private final DatabaseEpoch epoch;

    DatabaseEpochTest(Stores stores) {
        this.stores = stores;
        log = new LogFixture(stores);
        epoch = new DatabaseEpoch(log.db, log.streams.first(), Duration.ofMillis(50));
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
                    DatabaseEpoch other = new DatabaseEpoch(log.db, log.streams.first(), Duration.ofMinutes(1));
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
    void aPointThatIsLostBeginsANewOne() {
        epoch.refresh();
        String first = epoch.get();
        log.redis.del("twotick:lsn");
        epoch.refresh();
        String second = epoch.get();
        assertThat(second).isNotEqualTo(first);
        log.redis.set("twotick:lsn", "not a point");
        epoch.refresh();
        String third = epoch.get();
        assertThat(third).isNotEqualTo(second);
        log.redis.del("twotick:lsn");
        log.redis.lpush("twotick:lsn", "not even a text");
        epoch.refresh();
        assertThat(epoch.get()).isNotEqualTo(third);
        String last = epoch.get();
        epoch.refresh();
        assertThat(epoch.get()).isEqualTo(last);
    }

    @Test
    void theLogSaysWhetherTheMarkIsMissingOrAhead() {
        epoch.refresh();
        Logger logger = (Logger) LoggerFactory.getLogger(DatabaseEpoch.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        logger.setLevel(Level.INFO); // tests log warnings only
        try {
            log.redis.flushAll(); // a Redis that is merely new
            epoch.refresh();
            log.redis.set("twotick:lsn", String.valueOf(Long.MAX_VALUE));
            epoch.refresh();
        } finally {
            logger.setLevel(null);
            logger.detachAppender(lines);
        }
        assertThat(lines.list)
                .extracting(line -> line.getFormattedMessage().replaceAll(".* reason=", ""))
                .containsExactly("no-mark", "log-behind");
    }

    @Test
    void whoLookedEarlierDoesNotPutThePointBack() {
        epoch.refresh();
        String ahead = String.valueOf(Long.MAX_VALUE / 2);
        log.redis.set("twotick:lsn", ahead);
        log.redis.eval(DatabaseEpoch.RAISE, List.of("twotick:lsn"), List.of("1"));
        assertThat(log.redis.get("twotick:lsn")).isEqualTo(ahead);
    }

    /// A replica that is asked before it is promoted, and a database that takes nothing.
    @Test
    void aServerThatTakesNoRowHasNoEpoch() {
        epoch.refresh();
        log.redis.del("twotick:lsn");
        org.jooq.DSLContext readOnly = org.jooq.impl.DSL.using(new org.jooq.impl.DefaultConfiguration()
                .set(org.jooq.SQLDialect.POSTGRES)
                .set(new With(
                        log.pool, "set default_transaction_read_only = on", "reset default_transaction_read_only")));
        DatabaseEpoch refused = new DatabaseEpoch(readOnly, log.streams.first(), Duration.ofMinutes(1));
        assertThatThrownBy(refused::refresh).isInstanceOf(DataAccessException.class);
        assertThat(refused.get()).isEmpty();
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
        String first = epoch.get();
        epoch.start();
        stores.stopPostgres();
        epoch.doubt();
        assertThat(epoch.get()).isEmpty();
        assertThatThrownBy(epoch::refresh).isInstanceOf(DataAccessException.class);
        stores.startPostgres();
        await().until(() -> !epoch.get().isEmpty());
        assertThat(epoch.get())
                .as("the server was started anew: it may have lost what was committed last")
                .isNotEqualTo(first);
        assertThat(rows()).isEqualTo(1);
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
                .set(new With(log.pool, "set role plain", "reset role")));
        DatabaseEpoch limited = new DatabaseEpoch(plain, log.streams.first(), Duration.ofMinutes(1));
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

    /// Connections that are told something first.
    private record With(javax.sql.DataSource source, String first, String last) implements org.jooq.ConnectionProvider {
        @Override
        public java.sql.Connection acquire() {
            try {
                java.sql.Connection connection = source.getConnection();
                try (java.sql.Statement set = connection.createStatement()) {
                    set.execute(first);
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
                    reset.execute(last);
                }
                connection.close();
            } catch (java.sql.SQLException e) {
                throw new DataAccessException("no reset", e);
            }
        }
    }
}
