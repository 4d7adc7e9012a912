package dev.twotick.soak;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Makes suspects of healthy payloads, and kills while they are tried alone: again and again, just the processes or the
/// stores with them. What writes to `message` is held there, or slowed down, for as long as it takes to strike.
final class SuspectStorm {
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    /// At once: one that a worker died over rests for a while, and one that only brings statuses is done before the
    /// blow falls.
    private static final int SUSPECTS = 10;

    private final SoakStack stack;
    private final Figures figures;

    SuspectStorm(SoakStack stack, Figures figures) {
        this.stack = stack;
        this.figures = figures;
    }

    private interface Blow {
        void strike() throws Exception;
    }

    /// Twice all workers die with what they hold: it is tried alone from then on. Before that they die once, so that
    /// something has heaped up when they read: an idle worker holds one entry.
    void makeSuspects() throws Exception {
        stack.workers.forEach(RestartedProcess::kill);
        for (int times = 1; times <= 2; times++) {
            int deliveries = times;
            try (Connection connection = stack.connect();
                    var statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("lock table message in access exclusive mode");
                strike(
                        SUSPECTS + " entries that were delivered " + deliveries + " times",
                        () -> stack.heldAndDelivered(deliveries) >= SUSPECTS,
                        () -> stack.workers.forEach(RestartedProcess::kill));
            }
        }
    }

    void killWhileSuspectsAreAlone(int rounds) throws Exception {
        run(
                "create or replace function soak_slow() returns trigger language plpgsql as"
                        + " $$ begin perform pg_sleep(1); return null; end $$",
                "create trigger soak_slow before insert on message for each statement execute function soak_slow()");
        for (int round = 0; round < rounds; round++) {
            long begin = stack.redisSeconds();
            strike(
                    "a suspect that is tried",
                    () -> stack.hasTriedASuspectSince(begin),
                    round % 2 == 0 ? this::killEverything : this::killProcesses);
        }
        run("drop trigger soak_slow on message");
    }

    private void run(String... statements) throws SQLException {
        try (Connection connection = stack.connect();
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private void killProcesses() {
        stack.processes().forEach(RestartedProcess::kill);
    }

    void killEverything() throws Exception {
        stack.withStores(() -> {
            killProcesses();
            stack.redis().kill();
            stack.postgres.kill();
            figures.killed("Redis");
            figures.killed("PostgreSQL");
            stack.redis().startAgain();
            stack.postgres.startAgain();
        });
    }

    private void strike(String awaited, BooleanSupplier isThere, Blow blow) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!isThere.getAsBoolean()) {
            if (System.nanoTime() > end) {
                figures.wrong("there never was: " + awaited);
                return;
            }
            Thread.sleep(20);
        }
        blow.strike();
    }
}
