package dev.twotick.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.stores.PgBouncer;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// A PgBouncer between us and PostgreSQL, in transaction mode and without prepared statements.
@WithStores
@Tag("postgres15")
class PoolerTest {
    private final Stores stores;

    PoolerTest(Stores stores) {
        this.stores = stores;
    }

    static boolean pgBouncerIsHere() {
        return PgBouncer.isHere();
    }

    @Test
    @EnabledIf("pgBouncerIsHere")
    void clientsThatShareOneSessionRunTheirOwnStatements() throws Exception {
        try (PgBouncer pooler =
                        PgBouncer.before(stores, "default_pool_size = 1", "ignore_startup_parameters = options");
                HikariDataSource one = pool(pooler.jdbcUrl());
                HikariDataSource other = pool(pooler.jdbcUrl())) {
            for (int turn = 0; turn < 20; turn++) { // from the fifth on, the driver would give them names
                assertThat(ask(one, "select 'one' || ?::text")).isEqualTo("onex");
                assertThat(ask(other, "select 'other' || ?::text")).isEqualTo("otherx");
            }
        }
    }

    @Test
    @EnabledIf("pgBouncerIsHere")
    void aPoolerThatRefusesOptionsIsUsedAndWhatItDropsIsSaid() throws Exception {
        try (PgBouncer pooler = PgBouncer.before(stores);
                HikariDataSource pool = pool(pooler.jdbcUrl())) {
            assertThat(ask(pool, "select 'here' || ?::text")).isEqualTo("herex");
            assertThat(Database.warnings(pool))
                    .hasSize(3)
                    .allMatch(warning -> warning.contains("docs/deploy.md"))
                    .anyMatch(warning -> warning.contains("plan_cache_mode is auto and not force_custom_plan"))
                    .anyMatch(warning -> warning.contains("statement_timeout is 0 and not 9000"))
                    .anyMatch(warning -> warning.contains("idle_in_transaction_session_timeout is 0 and not 15000"));
        }
    }

    @Test
    @EnabledIf("pgBouncerIsHere")
    void whatTheRoleHasIsInForceBehindAPoolerToo() throws Exception {
        alterRole("set plan_cache_mode = force_custom_plan");
        alterRole("set idle_in_transaction_session_timeout = '15s'");
        alterRole("set statement_timeout = '10min'");
        try (PgBouncer pooler = PgBouncer.before(stores);
                HikariDataSource pool = pool(pooler.jdbcUrl())) {
            assertThat(ask(pool, "select 'here' || ?::text")).isEqualTo("herex");
            assertThat(Database.warnings(pool)).isEmpty();
        } finally {
            alterRole("reset all");
        }
    }

    @Test
    @EnabledIf("pgBouncerIsHere")
    void aMigrationIsRefusedWhereSessionsChangeHands() {
        try (PgBouncer pooler = PgBouncer.before(stores);
                HikariDataSource pool = pool(pooler.jdbcUrl())) {
            assertThatThrownBy(() -> Migrations.migrate(pool))
                    .hasMessageContaining("a migration needs a session of its own")
                    .hasMessageContaining("pool_mode=session");
        }
    }

    @Test
    @EnabledIf("pgBouncerIsHere")
    void aMigrationRunsThroughAPoolOfWholeSessions() {
        try (PgBouncer pooler = PgBouncer.before(stores, "pool_mode = session");
                HikariDataSource pool = pool(pooler.jdbcUrl())) {
            assertThatCode(() -> Migrations.migrate(pool)).doesNotThrowAnyException();
        }
    }

    @Test
    void withoutAPoolerStatementsAreKeptAndAllIsInForce() throws Exception {
        try (HikariDataSource pool = pool(stores.jdbcUrl());
                Connection connection = pool.getConnection()) {
            for (int turn = 0; turn < 10; turn++) {
                ask(connection, "select 'kept' || ?::text");
            }
            assertThat(ask(connection, "select count(*) || ?::text from pg_prepared_statements"))
                    .isNotEqualTo("0x");
            assertThat(Database.warnings(pool)).isEmpty();
        }
    }

    private HikariDataSource pool(String url) {
        return Database.pool(
                new DatabaseSettings(url, stores.user(), stores.password()), "test", 2, Duration.ofSeconds(9));
    }

    private void alterRole(String change) throws SQLException {
        try (Connection connection = stores.connect()) {
            connection.createStatement().execute("alter role \"" + stores.user() + "\" " + change);
        }
    }

    private static String ask(HikariDataSource pool, String sql) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return ask(connection, sql);
        }
    }

    private static String ask(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, "x");
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }
}
