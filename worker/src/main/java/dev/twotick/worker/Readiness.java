package dev.twotick.worker;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.worker.consume.RedisConnections;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import redis.clients.jedis.RedisClient;

/// Whether this worker can work now. It asks the stores over connections of its own: those of the consumers may all be
/// waiting for a lock, and rightly.
final class Readiness implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final HikariDataSource postgres;
    private final RedisClient redis;
    private final RedisHealth redisHealth;
    private final Supplier<List<String>> lacking;
    private volatile boolean running;

    /// @param running      the roles run: the database has been reached, and has this version's schema
    /// @param redisProblem empty when Redis does its part
    /// @param lacking      what PostgreSQL's sessions lack of what was asked for; work goes on
    record Answer(boolean running, boolean postgres, Optional<String> redisProblem, List<String> lacking) {
        boolean isReady() {
            return running && postgres && redisProblem.isEmpty();
        }

        String json() {
            return "{\"status\":\"%s\",\"running\":%b,\"postgres\":\"%s\",\"redis\":\"%s\",\"warnings\":[%s]}"
                    .formatted(
                            isReady() ? "up" : "waiting",
                            running,
                            upOrDown(postgres),
                            upOrDown(redisProblem.isEmpty()),
                            Stream.concat(redisProblem.stream(), lacking.stream())
                                    .map(text -> '"' + text + '"')
                                    .collect(Collectors.joining(",")));
        }

        private static String upOrDown(boolean answers) {
            return answers ? "up" : "down";
        }
    }

    /// @param streamIsRead whether the last reads of the stream brought an answer
    /// @param lacking what the sessions that work lack
    Readiness(
            DatabaseSettings database,
            RedisConnections redis,
            BooleanSupplier streamIsRead,
            Supplier<List<String>> lacking) {
        this.lacking = lacking;
        postgres = Database.pool(database, "twotick-health", 1, PATIENCE);
        this.redis = redis.open("twotick-health", 1, PATIENCE);
        redisHealth = new RedisHealth(this.redis, streamIsRead);
    }

    void begins() {
        running = true;
    }

    Answer ask() {
        return new Answer(running, postgresAnswers(), redisProblem(), lacking.get());
    }

    /// What is wrong with Redis, and what to do; empty when nothing is.
    Optional<String> redisProblem() {
        return redisHealth.problem();
    }

    private boolean postgresAnswers() {
        try (Connection connection = postgres.getConnection()) {
            return connection.createStatement().execute("select 1");
        } catch (SQLException e) {
            return false;
        }
    }

    @Override
    public void close() {
        redis.close();
        postgres.close();
    }
}
