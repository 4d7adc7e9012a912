package dev.twotick.db;

import java.sql.Connection;
import java.sql.SQLException;
import org.jooq.Configuration;
import org.jooq.ConnectionProvider;
import org.jooq.TransactionContext;
import org.jooq.TransactionProvider;
import org.jooq.exception.DataAccessException;

/// Transactions on a pool's connections, none in another. jOOQ's own provider asks the server for its isolation level
/// each time, which is a round trip for what the pool has set already.
final class Transactions implements TransactionProvider {
    /// The connection of a transaction, for all that is done in it.
    private record Held(ConnectionProvider pool, Connection connection) implements ConnectionProvider {
        @Override
        public Connection acquire() {
            return connection;
        }

        @Override
        public void release(Connection connection) {}
    }

    @Override
    public void begin(TransactionContext context) {
        Configuration configuration = context.configuration();
        ConnectionProvider pool = configuration.connectionProvider();
        if (pool instanceof Held) {
            throw new IllegalStateException("a transaction within a transaction");
        }
        Connection connection = pool.acquire();
        if (connection == null) {
            throw new DataAccessException("no connection");
        }
        try {
            connection.setAutoCommit(false);
        } catch (SQLException e) {
            pool.release(connection);
            throw new DataAccessException("a transaction could not begin", e);
        }
        configuration.set(new Held(pool, connection));
    }

    @Override
    public void commit(TransactionContext context) {
        end(context, Connection::commit, "a transaction could not be committed");
    }

    @Override
    public void rollback(TransactionContext context) {
        end(context, Connection::rollback, "a transaction could not be rolled back");
    }

    @FunctionalInterface
    private interface End {
        void of(Connection connection) throws SQLException;
    }

    /// The pool makes of the connection what it was.
    private static void end(TransactionContext context, End end, String failure) {
        Configuration configuration = context.configuration();
        if (!(configuration.connectionProvider() instanceof Held held)) {
            return; // it did not begin, or has ended
        }
        configuration.set(held.pool);
        try {
            end.of(held.connection);
        } catch (SQLException e) {
            throw new DataAccessException(failure, e);
        } finally {
            held.pool.release(held.connection);
        }
    }
}
