package dev.twotick.db;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.flywaydb.core.api.FlywayException;
import org.postgresql.PGConnection;

/// A pooler hands sessions out for one transaction each. What belongs to a session, as the lock of a migration does,
/// would stay with it and bar all others.
public final class SharedSessions extends FlywayException {
    private static final long serialVersionUID = 1;
    private static final int LOOKS = 20;

    private SharedSessions() {
        super(
                "a migration needs a session of its own, and TWOTICK_DATABASE_URL leads to a pooler that hands sessions out"
                        + " for one transaction each (PgBouncer: pool_mode=transaction). For --migrate, let it lead to PostgreSQL"
                        + " itself, or to a pool with pool_mode=session");
    }

    /// Two clients that meet in one session, or one that finds itself in another. A pooler gives the session that was
    /// used last, so this shows at once.
    ///
    /// @throws SharedSessions when that is so
    static void refuse(DataSource source) {
        try (Connection one = source.getConnection()) {
            int first = process(one);
            if (one.unwrap(PGConnection.class).getBackendPID() == first) {
                return; // no pooler
            }
            try (Connection other = source.getConnection()) {
                for (int look = 0; look < LOOKS; look++) {
                    if (process(other) == first || process(one) != first) {
                        throw new SharedSessions();
                    }
                }
            }
        } catch (SQLException e) {
            throw new FlywayException("cannot reach PostgreSQL: " + e.getMessage(), e);
        }
    }

    private static int process(Connection connection) throws SQLException {
        try (Statement question = connection.createStatement();
                ResultSet answer = question.executeQuery("select pg_backend_pid()")) {
            answer.next();
            return answer.getInt(1);
        }
    }
}
