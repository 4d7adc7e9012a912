package dev.twotick.stores;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/// The stores as one test class sees them: a database of its own, the Redis of this JVM, and the power to take
/// either away. Ports and data stay through every outage. A test that stopped a store starts it again itself;
/// what it forgot is started before the next class.
public final class Stores {
    private final StorePair pair;
    private final String database;

    Stores(StorePair pair, String database) {
        this.pair = pair;
        this.database = database;
    }

    /// Without user and password.
    public String jdbcUrl() {
        return pair.jdbcUrl(database);
    }

    public String user() {
        return pair.user();
    }

    public String password() {
        return pair.password();
    }

    /// `redis://127.0.0.1:<port>`
    public String redisUrl() {
        return pair.redisUrl();
    }

    /// A connection of the driver's own, for the test to look with; the caller closes it.
    public Connection connect() throws SQLException {
        // a pool in this JVM has set the one second that its connections may take, for everybody's
        return DriverManager.getConnection(jdbcUrl() + "?loginTimeout=60", user(), password());
    }

    /// An orderly stop: Redis syncs its data and refuses connections from now on.
    public void stopRedis() {
        pair.stopRedis();
    }

    /// Returns when Redis answers.
    public void startRedis() {
        pair.startRedis();
    }

    public void restartRedis() {
        stopRedis();
        startRedis();
    }

    /// SIGKILL; [#startRedis] brings it back.
    public void killRedis() {
        pair.killRedis();
    }

    /// Hung, not down: from now on it accepts connections and answers nobody, until [#resumeRedis].
    public void pauseRedis() {
        pair.pauseRedis();
    }

    public void resumeRedis() {
        pair.resumeRedis();
    }

    /// A fast shutdown: clients are cut off in mid-statement.
    public void stopPostgres() {
        pair.stopPostgres();
    }

    /// Returns when PostgreSQL answers.
    public void startPostgres() {
        pair.startPostgres();
    }

    public void restartPostgres() {
        stopPostgres();
        startPostgres();
    }

    /// SIGKILL; [#startPostgres] brings it back, by recovery from its log.
    public void killPostgres() {
        pair.killPostgres();
    }

    /// Hung, not down: the server and all its sessions stand still, until [#resumePostgres].
    public void pausePostgres() {
        pair.pausePostgres();
    }

    public void resumePostgres() {
        pair.resumePostgres();
    }
}
