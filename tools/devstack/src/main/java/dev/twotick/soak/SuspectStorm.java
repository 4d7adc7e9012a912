package dev.twotick.soak;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Makes suspects of healthy payloads, and kills while they are tried alone: again and again, just the processes or the
/// stores with them. A lock on `message` keeps the workers where they are to be met.
final class SuspectStorm {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final SoakStack stack;
    private final Figures figures;

    SuspectStorm(SoakStack stack, Figures figures) {
        this.stack = stack;
        this.figures = figures;
    }

    private interface Blow {
        void strike() throws Exception;
    }

    /// Twice all workers die with what they hold: it is tried alone from then on.
    void makeSuspects() throws Exception {
        for (int times = 1; times <= 2; times++) {
            int deliveries = times;
            strikeWhileLocked(
                    "an entry that was delivered " + deliveries + " times",
                    () -> stack.holdsEntriesDelivered(deliveries),
                    () -> stack.workers.forEach(RestartedProcess::kill));
        }
    }

    void killWhileSuspectsAreAlone(int rounds) throws Exception {
        for (int round = 0; round < rounds; round++) {
            boolean everything = round % 2 == 0;
            long begin = stack.redisSeconds();
            strikeWhileLocked(
                    "a suspect that is tried",
                    () -> stack.hasTriedASuspectSince(begin),
                    everything ? this::killEverything : this::killProcesses);
        }
    }

    private void killProcesses() {
        stack.processes().forEach(RestartedProcess::kill);
    }

    void killEverything() throws Exception {
        stack.withStores(() -> {
            killProcesses();
            stack.redis.kill();
            stack.postgres.kill();
            figures.killed("Redis");
            figures.killed("PostgreSQL");
            stack.redis.startAgain();
            stack.postgres.startAgain();
        });
    }

    private void strikeWhileLocked(String awaited, BooleanSupplier isThere, Blow blow) throws Exception {
        try (Connection connection = stack.connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("lock table message in access exclusive mode");
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (!isThere.getAsBoolean()) {
                if (System.nanoTime() > end) {
                    figures.wrong("there never was " + awaited);
                    return;
                }
                Thread.sleep(20);
            }
            blow.strike();
        } catch (SQLException e) {
            if (e.getSQLState() == null || !e.getSQLState().startsWith("08")) { // the lock went with the server
                throw e;
            }
        }
    }
}
