package dev.twotick.stores;

import java.net.URI;
import java.sql.DriverManager;
import java.sql.SQLException;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/// Whether servers answer, asked until they do.
final class Answers {
    /// For a server to start or to end, on a machine that has much else to do.
    static final int PATIENCE_S = 180;

    private Answers() {}

    interface Question {
        void ask() throws SQLException;
    }

    /// Returns when the PostgreSQL of `pair` answers.
    ///
    /// @throws IllegalStateException if it does not within three minutes
    static void awaitPostgres(StorePair pair) {
        await(
                "PostgreSQL",
                () -> DriverManager.getConnection(pair.jdbcUrl("postgres"), pair.user(), pair.password())
                        .close());
    }

    /// Returns when Redis answers, which it does not do while it loads its data.
    static void awaitRedis(String url) {
        await("Redis", () -> ping(url));
    }

    static void awaitListening(String server, int port) {
        await(server, () -> {
            if (!FreePort.listens(port)) {
                throw new SQLException("nothing listens on " + port);
            }
        });
    }

    private static void ping(String url) {
        try (var jedis = new Jedis(URI.create(url))) {
            jedis.ping();
        }
    }

    static void await(String store, Question question) {
        long end = System.nanoTime() + PATIENCE_S * 1_000_000_000L;
        while (true) {
            try {
                question.ask();
                return;
            } catch (SQLException | JedisException notYet) {
                if (System.nanoTime() > end) {
                    throw new IllegalStateException(store + " does not answer: " + notYet.getMessage(), notYet);
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a store started", e);
        }
    }
}
