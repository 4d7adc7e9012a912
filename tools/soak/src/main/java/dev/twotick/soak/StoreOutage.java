package dev.twotick.soak;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.postgresql.util.PSQLException;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.SafeEncoder;

/// Ways in which the stores are not there, or not what they were. Each returns when they are back.
enum StoreOutage {
    REDIS_DOWN("Redis down") {
        @Override
        void happen(SoakStack stack, Duration time) throws Exception {
            stack.redis().stop();
            stack.pause(time);
            stack.redis().startAgain();
        }
    },
    POSTGRES_DOWN("PostgreSQL down") {
        @Override
        void happen(SoakStack stack, Duration time) throws Exception {
            stack.postgres.stop();
            stack.pause(time);
            stack.postgres.startAgain();
        }
    },
    BOTH_DOWN("both down") {
        @Override
        void happen(SoakStack stack, Duration time) throws Exception {
            stack.postgres.stop();
            stack.redis().stop();
            stack.pause(time);
            stack.redis().startAgain();
            stack.postgres.startAgain();
        }
    },
    REDIS_HUNG("Redis hung") {
        @Override
        void happen(SoakStack stack, Duration time) throws Exception {
            stack.redis().pause();
            stack.pause(time);
            stack.redis().resume();
        }
    },
    POSTGRES_HUNG("PostgreSQL hung") {
        @Override
        void happen(SoakStack stack, Duration time) throws Exception {
            stack.postgres.pause();
            stack.pause(time);
            stack.postgres.resume();
        }
    },
    BOTH_HUNG("both hung") {
        @Override
        void happen(SoakStack stack, Duration time) throws Exception {
            stack.redis().pause();
            stack.postgres.pause();
            stack.pause(time);
            stack.postgres.resume();
            stack.redis().resume();
        }
    },
    READ_ONLY("PostgreSQL read-only") {
        @Override
        void happen(SoakStack stack, Duration time) throws Exception {
            Sql.run(stack, "alter system set default_transaction_read_only = on", "select pg_reload_conf()");
            stack.pause(time);
            Sql.run(stack, "alter system reset default_transaction_read_only", "select pg_reload_conf()");
        }
    },
    /// By triggers that raise what a full disk raises: a disk that is really full is not to be had everywhere.
    DISK_FULL("disk full (SQLSTATE 53100)") {
        @Override
        void happen(SoakStack stack, Duration time) throws Exception {
            Sql.run(
                    stack,
                    "create or replace function soak_disk_full() returns trigger language plpgsql as"
                            + " $$ begin raise exception 'No space left on device' using errcode = '53100'; end $$");
            for (var table : List.of("payload_log", "message", "payload_outcome")) {
                Sql.whenUnlocked(
                        stack,
                        "create trigger soak_disk_full before insert on " + table
                                + " for each statement execute function soak_disk_full()");
            }
            stack.pause(time);
            for (var table : List.of("payload_log", "message", "payload_outcome")) {
                Sql.whenUnlocked(stack, "drop trigger soak_disk_full on " + table);
            }
        }
    },
    OUT_OF_CONNECTIONS("PostgreSQL out of connections") {
        @Override
        void happen(SoakStack stack, Duration time) throws Exception {
            List<Connection> taken = new ArrayList<>();
            try {
                long end = System.nanoTime() + time.toNanos();
                while (System.nanoTime() < end) {
                    try {
                        var connection = stack.connect();
                        taken.add(connection);
                        if (taken.size() % 5 == 1) {
                            Sql.execute(
                                    connection,
                                    "select pg_terminate_backend(pid) from pg_stat_activity"
                                            + " where application_name like 'twotick%'");
                        }
                    } catch (PSQLException full) {
                        if (!taken.isEmpty()) {
                            Sql.execute(
                                    taken.getFirst(),
                                    "select pg_terminate_backend(pid) from pg_stat_activity"
                                            + " where application_name like 'twotick%'");
                        }
                        Thread.sleep(20);
                    }
                }
            } finally {
                for (var connection : taken) {
                    connection.close();
                }
            }
        }
    },
    LOG_LOCKED("payload_log behind a long lock") {
        @Override
        void happen(SoakStack stack, Duration time) throws Exception {
            Sql.lock(stack, "payload_log", time);
        }
    },
    MESSAGE_LOCKED("message behind a long lock") {
        @Override
        void happen(SoakStack stack, Duration time) throws Exception {
            Sql.lock(stack, "message", time);
        }
    },
    /// As is a failover to an empty replica.
    REDIS_EMPTY("Redis restarted empty") {
        @Override
        void happen(SoakStack stack, Duration time) throws Exception {
            while (!holdsNothingForTheLog(stack)) {
                Thread.sleep(200);
            }
            stack.redis().kill();
            stack.emptyRedis();
            stack.redis().startAgain();
        }

        // Payloads that only Redis has are what its loss may cost, so it waits for a moment without them; and from
        // that moment on nothing is written.
        private boolean holdsNothingForTheLog(SoakStack stack) {
            try (var jedis = stack.jedis();
                    var transaction = jedis.multi()) {
                var held = transaction.xlen("twotick:to-log");
                transaction.sendCommand(
                        Protocol.Command.CLIENT,
                        SafeEncoder.encode("PAUSE"),
                        SafeEncoder.encode("3000"),
                        SafeEncoder.encode("WRITE"));
                transaction.exec();
                if (held.get() == 0) {
                    return true;
                }
                jedis.sendCommand(Protocol.Command.CLIENT, "UNPAUSE");
                return false;
            } catch (JedisException e) {
                return false;
            }
        }
    },
    FLUSHED("FLUSHALL") {
        @Override
        void happen(SoakStack stack, Duration time) throws Exception {
            try (var jedis = stack.jedis()) {
                while (!Long.valueOf(1).equals(jedis.eval(FLUSH))) {
                    Thread.sleep(200);
                }
            }
        }
    },
    GROUP_GONE("consumer group destroyed") {
        @Override
        void happen(SoakStack stack, Duration time) {
            try (var jedis = stack.jedis()) {
                jedis.xgroupDestroy("twotick:payloads", "workers");
            }
        }
    },
    FOREIGN_ENTRIES("entries of a foreign shape") {
        @Override
        void happen(SoakStack stack, Duration time) {
            try (var jedis = stack.jedis()) {
                for (int i = 0; i < 20; i++) {
                    jedis.xadd(
                            "twotick:payloads", redis.clients.jedis.StreamEntryID.NEW_ENTRY, Map.of("foreign", "" + i));
                    jedis.xadd(
                            "twotick:payloads",
                            redis.clients.jedis.StreamEntryID.NEW_ENTRY,
                            Map.of("id", "no uuid", "at", "no time", "body", "{"));
                }
            }
        }
    };

    private static final String FLUSH = """
            if redis.call('XLEN', 'twotick:to-log') == 0 then
              redis.call('FLUSHALL')
              return 1
            end
            return 0
            """;

    private final String title;

    StoreOutage(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /// @param time for those that last
    abstract void happen(SoakStack stack, Duration time) throws Exception;

    private static final class Sql {
        private static void run(SoakStack stack, String... statements) throws SQLException {
            try (var connection = stack.connect()) {
                for (var statement : statements) {
                    execute(connection, statement);
                }
            }
        }

        private static void execute(Connection connection, String sql) throws SQLException {
            try (var statement = connection.createStatement()) {
                statement.execute(sql);
            }
        }

        /// Tries until it gets its lock in a moment: who waits for long holds up all that come after.
        private static void whenUnlocked(SoakStack stack, String sql) throws SQLException, InterruptedException {
            for (int tries = 0; ; tries++) {
                try {
                    run(stack, "set lock_timeout = '1s'", sql);
                    return;
                } catch (SQLException e) {
                    if (!"55P03".equals(e.getSQLState()) || tries > 30) {
                        throw e;
                    }
                    Thread.sleep(100);
                }
            }
        }

        private static void lock(SoakStack stack, String table, Duration time)
                throws SQLException, InterruptedException {
            try (var connection = stack.connect()) {
                connection.setAutoCommit(false);
                execute(connection, "lock table " + table + " in access exclusive mode");
                stack.pause(time);
                connection.rollback();
            }
        }
    }
}
