package dev.twotick.worker.upkeep;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/// An advisory lock of a transaction, so that it works behind a pooler too: it ends with the transaction, and with the
/// connection. Jobs do their work on other connections.
final class HeldLock {
    /// A server that has lost its power says nothing, and the driver would wait for as long as a job's longest
    /// statement may take.
    private static final int SILENCE_MS = 5_000;

    /// A run that fails at once, again and again, is not taken for one that goes on.
    private static final long LONG_NANOS = 60_000_000_000L;

    private final Connection connection;
    private final Runnable goesOn;
    private final long takenAt = System.nanoTime();

    private HeldLock(Connection connection, Runnable goesOn) {
        this.connection = connection;
        this.goesOn = goesOn;
    }

    /// @param connection in a transaction
    /// @param goesOn     is told of each [#check] that the lock has passed in a long run
    /// @return null when another worker holds it
    static @org.jspecify.annotations.Nullable HeldLock tryTake(Connection connection, String job, Runnable goesOn)
            throws SQLException {
        connection.setNetworkTimeout(Runnable::run, SILENCE_MS); // this connection does nothing but this
        try (PreparedStatement lock =
                connection.prepareStatement("select pg_try_advisory_xact_lock(hashtextextended(?, 0)),"
                        + " set_config('idle_in_transaction_session_timeout', '0', true)")) {
            lock.setString(1, "twotick.upkeep." + job);
            try (ResultSet taken = lock.executeQuery()) {
                if (!taken.next() || !taken.getBoolean(1)) {
                    return null;
                }
            }
        }
        HeldLock held = new HeldLock(connection, goesOn);
        held.ask();
        return held;
    }

    /// For long jobs, now and then: keeps the connection in use, and finds out that it is gone. Asks nothing: the rows
    /// of a question would stay open until the next one, and their snapshot with them, and nothing that was updated
    /// since could be vacuumed.
    ///
    /// @throws SQLException when it is; another worker may hold the lock by now
    void check() throws SQLException {
        ask();
        if (System.nanoTime() - takenAt > LONG_NANOS) {
            goesOn.run();
        }
    }

    private void ask() throws SQLException {
        try (Statement nothing = connection.createStatement()) {
            nothing.execute("");
        }
    }
}
