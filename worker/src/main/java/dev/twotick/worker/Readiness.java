package dev.twotick.worker;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.queue.Partitions;
import dev.twotick.queue.RedisConnections;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Whether this worker can work now. It asks the stores over connections of its own: those of the consumers may all be
/// waiting for a lock, and rightly.
final class Readiness implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final HikariDataSource postgres;
    private final Partitions redis;
    private final RedisHealth redisHealth;
    private final Supplier<List<String>> warnings;
    private final Waits waits;
    private volatile boolean running;

    /// @param running      the roles run: the database has been reached, and has this version's schema
    /// @param redisProblem empty when Redis does its part
    /// @param warnings     what works, but not as it was asked for
    /// @param longest      the wait of the batch that waits longest for the database
    record Answer(
            boolean running,
            boolean postgres,
            Optional<String> redisProblem,
            List<String> warnings,
            Optional<Waits.Wait> longest) {
        boolean isReady() {
            return running && postgres && redisProblem.isEmpty();
        }

        String json() {
            return "{\"status\":\"%s\",\"running\":%b,\"postgres\":\"%s\",\"redis\":\"%s\",\"warnings\":[%s]%s}"
                    .formatted(
                            isReady() ? "up" : "waiting",
                            running,
                            upOrDown(postgres),
                            upOrDown(redisProblem.isEmpty()),
                            Stream.concat(redisProblem.stream(), warnings.stream())
                                    .map(text -> '"' + text + '"')
                                    .collect(Collectors.joining(",")),
                            longest.map(Answer::waiting).orElse(""));
        }

        private static String waiting(Waits.Wait wait) {
            String reason = wait.reason().replace("\\", "\\\\").replace("\"", "\\\"");
            return ",\"waiting_s\":%d,\"waiting_for\":\"%s\""
                    .formatted(wait.time().toSeconds(), reason.replaceAll("\\p{Cntrl}", " "));
        }

        private static String upOrDown(boolean answers) {
            return answers ? "up" : "down";
        }
    }

    /// @param streamIsRead whether the last reads of the stream brought an answer
    /// @param warnings     what the consumers' own sessions lack
    Readiness(
            DatabaseSettings database,
            RedisConnections redis,
            BooleanSupplier streamIsRead,
            Supplier<List<String>> warnings,
            Waits waits) {
        postgres = Database.pool(database, "twotick-health", 1, PATIENCE);
        this.redis = redis.open("twotick-health", 1, PATIENCE);
        redisHealth = new RedisHealth(redis, this.redis, streamIsRead);
        this.warnings = warnings;
        this.waits = waits;
    }

    void begins() {
        running = true;
    }

    Answer ask() {
        return new Answer(running, postgresAnswers(), redisProblem(), warnings.get(), waits.longest());
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
