package dev.twotick.db;

import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/// What a fault of the database says in plain words that may stand in a log: never a row's values, and not the
/// statement.
///
/// @see <a href="https://www.postgresql.org/docs/current/errcodes-appendix.html">PostgreSQL, error codes</a>
public final class DatabaseFault {
    /// Data and constraints quote what they refuse, and so may whatever a trigger or a function raises.
    private static final Set<String> QUOTING = Set.of("22", "23", "44", "P0");

    /// No connection, read-only after a failover, somebody was faster, full, locked or not ready, the system's.
    private static final Set<String> PASSING = Set.of("08", "25", "40", "53", "55", "58");

    /// SQLSTATE and the server's own first line, or why there is no connection; of other faults their message.
    public static String words(Throwable fault) {
        return sql(fault)
                .map(DatabaseFault::words)
                .orElseGet(() -> fault.getClass().getSimpleName() + ": "
                        + String.valueOf(fault.getMessage()).lines().findFirst().orElse(""));
    }

    private static String words(SQLException e) {
        String state = e.getSQLState();
        ServerErrorMessage message = e instanceof PSQLException psql ? psql.getServerErrorMessage() : null;
        if (message == null) {
            return e instanceof PSQLException || state == null || state.startsWith("08")
                    ? (state == null ? "" : state + " ") + "no connection"
                    : state + " " + e.getMessage(); // our own words
        }
        if (QUOTING.contains(message.getSQLState().substring(0, 2))) {
            return message.getSQLState() + " (its text may quote data: see the server's log)";
        }
        String hint = "42P01".equals(message.getSQLState()) ? "; run worker --migrate" : "";
        return message.getSQLState() + " " + message.getMessage() + hint;
    }

    /// Whether the server is away, overloaded or not in its place: what waiting may cure, and no row is to blame for.
    ///
    /// @param fault of the database; anything else does not pass
    public static boolean mayPass(Throwable fault) {
        return sql(fault)
                .map(e -> String.valueOf(e.getSQLState()))
                .map(state ->
                        state.equals("null") || state.startsWith("57P") || PASSING.contains(state.substring(0, 2)))
                .orElse(false);
    }

    /// The server's answer, where there is one, else whatever else of SQL is among the causes.
    private static Optional<SQLException> sql(Throwable fault) {
        return causes(fault)
                .filter(cause -> cause instanceof PSQLException)
                .findFirst()
                .or(() -> causes(fault)
                        .filter(cause -> cause instanceof SQLException)
                        .findFirst())
                .map(SQLException.class::cast);
    }

    private static Stream<Throwable> causes(Throwable fault) {
        return Stream.iterate(fault, cause -> cause != null, Throwable::getCause);
    }

    private DatabaseFault() {}
}
