package dev.twotick.db;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.BaseCallback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings a database to this version's schema, while the version before serves from it. Two processes that start
/// together migrate once: Flyway locks.
///
/// A DDL that waits for its lock makes everybody behind it wait too; so it waits for half a second only, and the whole
/// migration, which is one transaction, is tried again a little later. What cannot run in a transaction (an index made
/// `CONCURRENTLY`) blocks nobody and waits as long as it must; such a migration stands alone in its file and is written
/// so that it can be run again: `drop index concurrently if exists …; create index concurrently …`.
public final class Migrations {
    private static final Logger log = LoggerFactory.getLogger(Migrations.class);
    private static final String OWN = "classpath:db/migration";
    private static final String LOCK_TIMEOUT = "500ms";
    /// lock_not_available, deadlock_detected
    private static final Set<String> COME_AGAIN = Set.of("55P03", "40P01");

    private static final long LEAST_PAUSE_MS = 1_000;
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /// Waits, ten minutes at most, for a moment in which the tables are free.
    ///
    /// @param more locations of migrations beside Twotick's own
    /// @return how many migrations ran
    /// @throws FlywayException when a migration is wrong, or a table was never free
    /// @throws SharedSessions behind a pooler that hands sessions out for a transaction
    public static int migrate(DataSource source, String... more) {
        Flyway flyway = flyway(source, more);
        long began = System.nanoTime();
        int ran = 0;
        while (true) {
            int before = flyway.info().pending().length;
            SharedSessions.refuse(source); // once there are connections: a slow start has its patience in Flyway
            try {
                forgetCutOff(source);
                return ran + flyway.migrate().migrationsExecuted;
            } catch (FlywayException e) {
                if (!isOfLocks(e)) {
                    throw e;
                }
                if (System.nanoTime() - began > PATIENCE.toNanos()) {
                    throw new FlywayException(
                            "a table was never free for its migration; who holds it: select pid, state, xact_start, query"
                                    + " from pg_stat_activity order by xact_start",
                            e);
                }
                ran += Math.max(0, before - flyway.info().pending().length);
                log.info("migration=waiting reason=\"a table is in use\"");
                pause();
            }
        }
    }

    /// @return how many migrations of this version the database still lacks
    public static int pending(DataSource source) {
        return flyway(source).info().pending().length;
    }

    private static Flyway flyway(DataSource source, String... more) {
        FluentConfiguration configuration = Flyway.configure();
        // the lock is the session's: that of a transaction would be one that CONCURRENTLY waits for
        configuration
                .getConfigurationExtension(PostgreSQLConfigurationExtension.class)
                .setTransactionalLock(false);
        return configuration
                .dataSource(source)
                .locations(Stream.concat(Stream.of(OWN), List.of(more).stream()).toArray(String[]::new))
                .validateMigrationNaming(true)
                .lockRetryCount(-1)
                .callbacks(new BriefLocks())
                .load();
    }

    /// What ran outside of a transaction and was cut off is noted as failed, and Flyway would go no further.
    private static void forgetCutOff(DataSource source) {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("""
                    do $$ begin
                        if to_regclass('flyway_schema_history') is not null then
                            delete from flyway_schema_history where not success;
                        end if;
                    end $$""");
        } catch (SQLException e) {
            throw new FlywayException("cannot read the schema's history", e);
        }
    }

    private static boolean isOfLocks(FlywayException e) {
        return Stream.iterate((Throwable) e, cause -> cause != null, Throwable::getCause)
                .anyMatch(cause -> cause instanceof SQLException sql && COME_AGAIN.contains(sql.getSQLState()));
    }

    private static void pause() {
        try {
            Thread.sleep(LEAST_PAUSE_MS + ThreadLocalRandom.current().nextLong(LEAST_PAUSE_MS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FlywayException("interrupted while a table was in use", e);
        }
    }

    /// For the transaction of each migration; outside of one it sets nothing.
    private static final class BriefLocks extends BaseCallback {
        @Override
        public boolean supports(Event event, Context context) {
            return event == Event.BEFORE_EACH_MIGRATE;
        }

        @Override
        public boolean canHandleInTransaction(Event event, Context context) {
            return true;
        }

        @Override
        public void handle(Event event, Context context) {
            try (Statement statement = context.getConnection().createStatement()) {
                statement.execute("select set_config('lock_timeout', '" + LOCK_TIMEOUT + "', true)");
            } catch (SQLException e) {
                throw new FlywayException("cannot bound the wait for locks", e);
            }
        }
    }

    private Migrations() {}
}
