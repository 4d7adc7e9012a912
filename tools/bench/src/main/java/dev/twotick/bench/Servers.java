package dev.twotick.bench;

import dev.twotick.devstack.StackFailure;
import dev.twotick.stores.LeftBehind;
import dev.twotick.stores.LocalPostgres;
import dev.twotick.stores.LocalRedis;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import redis.clients.jedis.Jedis;

/// PostgreSQL and Redis of one run, those of `./twotick up` with the same settings; each stack has a database
/// in either.
final class Servers implements AutoCloseable {
    private static final String PASSWORD = "bench";
    private static final int REDIS_DATABASES = 16;

    // what a transaction fills that it made itself needs no log at that level
    private static final List<String> WITHOUT_SYNC = List.of(
            "wal_level = minimal",
            "max_wal_senders = 0",
            "fsync = off",
            "full_page_writes = off",
            "autovacuum = off",
            "max_wal_size = '16GB'",
            "checkpoint_timeout = '1h'",
            "shared_buffers = '1GB'");

    private final Path folder;
    private final LocalPostgres postgres;
    private final LocalRedis redis;
    private final AtomicInteger databases = new AtomicInteger();
    private final boolean countsStatements;

    Servers(Path folder) {
        this.folder = folder;
        postgres = LocalPostgres.start(folder.resolve("postgres"), 0, PASSWORD);
        redis = LocalRedis.start(folder.resolve("redis"), 0);
        countsStatements = countStatements();
    }

    /// @return false where this PostgreSQL does not bring the extension
    private boolean countStatements() {
        try (var connection = connect("postgres");
                var statement = connection.createStatement();
                var found = statement.executeQuery(
                        "select 1 from pg_available_extensions where name = 'pg_stat_statements'")) {
            if (!found.next()) {
                return false;
            }
            statement.execute("alter system set shared_preload_libraries = 'pg_stat_statements'");
            statement.execute("alter system set pg_stat_statements.track_planning = on");
        } catch (SQLException e) {
            throw new StackFailure("cannot have PostgreSQL count statements: " + e.getMessage(), e);
        }
        restart();
        return true;
    }

    private void restart() {
        postgres.stop();
        postgres.startAgain();
    }

    /// A machine that dies meanwhile leaves nothing of use.
    void withoutSync(Runnable fill) {
        for (var setting : WITHOUT_SYNC) {
            execute("postgres", "alter system set " + setting);
        }
        restart();
        fill.run();
        for (var setting : WITHOUT_SYNC) {
            execute("postgres", "alter system reset " + setting.substring(0, setting.indexOf(' ')));
        }
        restart();
    }

    boolean countsStatements() {
        return countsStatements;
    }

    /// A new and empty database.
    ///
    /// @return its name
    String createDatabase(String name) {
        var unique = name.replaceAll("[^a-z0-9]", "_") + "_" + databases.incrementAndGet();
        dropDatabase(unique); // of a run before, where the folder is kept
        execute("postgres", "create database \"" + unique + "\"");
        if (countsStatements) {
            execute(unique, "create extension pg_stat_statements");
        }
        return unique;
    }

    /// A Redis database of the same number, emptied.
    String redisUrl(String database) {
        int number = Integer.parseInt(database.substring(database.lastIndexOf('_') + 1)) % REDIS_DATABASES;
        var url = redis.url() + "/" + number;
        try (var jedis = new Jedis(URI.create(url))) {
            jedis.flushDB();
        }
        return url;
    }

    void dropDatabase(String name) {
        execute("postgres", "drop database if exists \"" + name + "\" with (force)");
    }

    boolean hasDatabase(String name) {
        try (var connection = connect("postgres");
                var statement = connection.createStatement();
                var found = statement.executeQuery("select 1 from pg_database where datname = '" + name + "'")) {
            return found.next();
        } catch (SQLException e) {
            throw new StackFailure("PostgreSQL does not answer: " + e.getMessage(), e);
        }
    }

    void renameDatabase(String name, String to) {
        execute("postgres", "alter database \"" + name + "\" rename to \"" + to + "\"");
    }

    void execute(String database, String sql) {
        try (var connection = connect(database);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new StackFailure(sql + ": " + e.getMessage(), e);
        }
    }

    String jdbcUrl(String database) {
        return postgres.jdbcUrl(database);
    }

    static String user() {
        return LocalPostgres.USER;
    }

    static String password() {
        return PASSWORD;
    }

    /// The caller closes it.
    Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(
                postgres.jdbcUrl(database) + "?ApplicationName=bench&loginTimeout=60", LocalPostgres.USER, PASSWORD);
    }

    /// Seconds of processor time.
    double postgresCpu() {
        var data = folder.resolve("postgres").resolve("data");
        return LeftBehind.find(data.resolve("postmaster.pid"), data.toString())
                .map(CpuTime::ofTree)
                .orElse(0.0);
    }

    double redisCpu() {
        var home = folder.resolve("redis");
        return LeftBehind.find(
                        home.resolve("redis.pid"), home.resolve("redis.conf").toString())
                .map(CpuTime::of)
                .orElse(0.0);
    }

    /// What a reader must know to judge the figures.
    String settings() {
        var words = new StringBuilder("PostgreSQL ");
        try (var connection = connect("postgres");
                var statement = connection.createStatement()) {
            for (var name : new String[] {
                "server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size"
            }) {
                try (var row = statement.executeQuery("show " + name)) {
                    row.next();
                    words.append(name.equals("server_version") ? "" : name + "=")
                            .append(row.getString(1))
                            .append(' ');
                }
            }
        } catch (SQLException e) {
            throw new StackFailure("PostgreSQL does not answer: " + e.getMessage(), e);
        }
        try (var jedis = new Jedis(URI.create(redis.url()))) {
            var version = jedis.info("server")
                    .lines()
                    .filter(line -> line.startsWith("redis_version:"))
                    .findFirst()
                    .orElse("redis_version:?");
            words.append("· Redis ")
                    .append(version.substring("redis_version:".length()).strip());
            for (var name : new String[] {"appendonly", "appendfsync"}) {
                words.append(' ')
                        .append(name)
                        .append('=')
                        .append(jedis.configGet(name).get(name));
            }
        }
        return words.toString();
    }

    @Override
    public void close() {
        redis.stop();
        postgres.stop();
    }
}
