package dev.twotick.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

@WithStores
@Tag("containers")
class StoresExtensionTest {
    private Stores field;

    @Test
    void parametersAndFieldsAreTheSameStores(Stores parameter) {
        assertThat(field).isSameAs(parameter);
    }

    @Nested
    class InANestedClass {
        @Test
        void theDatabaseIsTheOuterClassesOne(Stores stores) {
            assertThat(stores).isSameAs(field);
        }
    }

    @Test
    void redisKeepsItsPortAndItsDataThroughStopAndKill(Stores stores) {
        set(stores, "before", "1");
        stores.stopRedis();
        assertThatThrownBy(() -> set(stores, "during", "1")).isInstanceOf(JedisException.class);
        stores.startRedis();
        set(stores, "between", "2");
        stores.killRedis();
        stores.startRedis();
        try (var jedis = new Jedis(URI.create(stores.redisUrl()))) {
            assertThat(jedis.mget("before", "between")).containsExactly("1", "2");
        }
    }

    @Test
    void postgresKeepsItsPortAndItsDataThroughStopAndKill(Stores stores) throws SQLException {
        run(stores, "create table kept (n int)");
        stores.stopPostgres();
        assertThatThrownBy(stores::connect).isInstanceOf(SQLException.class);
        stores.startPostgres();
        run(stores, "insert into kept values (1)");
        stores.killPostgres();
        stores.startPostgres();
        try (var connection = stores.connect();
                var answer = connection.createStatement().executeQuery("select sum(n) from kept")) {
            answer.next();
            assertThat(answer.getInt(1)).isEqualTo(1);
        }
    }

    @Test
    void aPausedStoreAcceptsConnectionsAndAnswersNobodyUntilItIsResumed(Stores stores) throws SQLException {
        stores.pauseRedis();
        assertThatThrownBy(() -> set(stores, "hung", "1")).isInstanceOf(JedisException.class);
        stores.resumeRedis();
        set(stores, "hung", "2");
        stores.pausePostgres();
        assertThatThrownBy(() -> DriverManager.getConnection(
                        stores.jdbcUrl() + "?connectTimeout=1&loginTimeout=1", stores.user(), stores.password()))
                .isInstanceOf(SQLException.class);
        stores.startPostgres();
        stores.connect().close();
    }

    private static void set(Stores stores, String key, String value) {
        try (var jedis = new Jedis(URI.create(stores.redisUrl()))) {
            jedis.set(key, value);
        }
    }

    private static void run(Stores stores, String sql) throws SQLException {
        try (var connection = stores.connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
