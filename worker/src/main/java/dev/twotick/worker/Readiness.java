package dev.twotick.worker;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.worker.consume.RedisConnections;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

/// Whether this worker can work now. It asks the stores over connections of its own: those of the consumers may all be
/// waiting for a lock, and rightly.
final class Readiness implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final HikariDataSource postgres;
    private final RedisClient redis;
    private volatile boolean running;

    /// @param running the roles run: the database has been reached, and has this version's schema
    record Answer(boolean running, boolean postgres, boolean redis) {
        boolean isReady() {
            return running && postgres && redis;
        }

        String json() {
            return "{\"status\":\"%s\",\"running\":%b,\"postgres\":\"%s\",\"redis\":\"%s\"}"
                    .formatted(isReady() ? "up" : "waiting", running, upOrDown(postgres), upOrDown(redis));
        }

        private static String upOrDown(boolean answers) {
            return answers ? "up" : "down";
        }
    }

    Readiness(DatabaseSettings database, RedisConnections redis) {
        postgres = Database.pool(database, "twotick-health", 1, PATIENCE);
        this.redis = redis.open("twotick-health", 1, PATIENCE);
    }

    void begins() {
        running = true;
    }

    Answer ask() {
        return new Answer(running, postgresAnswers(), redisAnswers());
    }

    private boolean postgresAnswers() {
        try (Connection connection = postgres.getConnection()) {
            return connection.createStatement().execute("select 1");
        } catch (SQLException e) {
            return false;
        }
    }

    private boolean redisAnswers() {
        try {
            return "PONG".equals(redis.ping());
        } catch (JedisException e) {
            return false;
        }
    }

    @Override
    public void close() {
        redis.close();
        postgres.close();
    }
}
