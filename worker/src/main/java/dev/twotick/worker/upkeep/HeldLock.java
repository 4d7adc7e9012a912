package dev.twotick.worker.upkeep;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/// An advisory lock of a transaction, so that it works behind a pooler too: it ends with the transaction, and with the
/// connection. Jobs do their work on other connections.
final class HeldLock {
    private final Connection connection;

    private HeldLock(Connection connection) {
        this.connection = connection;
    }

    /// @param connection in a transaction
    /// @return null when another worker holds it
    static @org.jspecify.annotations.Nullable HeldLock tryTake(Connection connection, String job) throws SQLException {
        try (PreparedStatement lock =
                connection.prepareStatement("select pg_try_advisory_xact_lock(hashtextextended(?, 0))")) {
            lock.setString(1, "twotick.upkeep." + job);
            try (ResultSet taken = lock.executeQuery()) {
                return taken.next() && taken.getBoolean(1) ? new HeldLock(connection) : null;
            }
        }
    }

    /// For long jobs, now and then: keeps the connection in use, and finds out that it is gone.
    ///
    /// @throws SQLException when it is; another worker may hold the lock by now
    void check() throws SQLException {
        try (PreparedStatement question = connection.prepareStatement("select 1")) {
            question.execute();
        }
    }
}
