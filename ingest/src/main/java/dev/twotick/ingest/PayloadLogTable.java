package dev.twotick.ingest;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.payloadlog.PayloadLogRows;
import dev.twotick.model.payload.SignedPayload;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log as ingest writes it: one statement and one commit for a batch, once more where that may help.
final class PayloadLogTable {
    private static final Logger log = LoggerFactory.getLogger(PayloadLogTable.class);
    private static final long RETRY_WITHIN = Duration.ofSeconds(1).toNanos();

    /// More than the room that the last page of a table may still have on a full disk.
    private static final int REHEARSED_BYTES = 64 * 1024;

    private final HikariDataSource pool;
    private final InstantSource clock;
    /// Connection → [System#nanoTime] at which a batch began to go down it.
    private final Map<Connection, Long> writing = new ConcurrentHashMap<>();

    PayloadLogTable(HikariDataSource pool, InstantSource clock) {
        this.pool = pool;
        this.clock = clock;
    }

    /// Returns when all rows are committed. When the connection broke, so that nobody knows whether they are, it tries
    /// once more with the same ids, if that can still end in time.
    ///
    /// @throws SQLException when PostgreSQL does not take them: away, stalled, read-only, full, without schema
    void insert(List<SignedPayload> payloads) throws SQLException {
        insert(payloads, true);
    }

    /// Writes a row and takes it back. A full disk, a lock or a trigger shows in nothing less; after an outage
    /// only this tells that it is over.
    ///
    /// @throws SQLException when [#insert] would
    void rehearse() throws SQLException {
        byte[] body = new byte[REHEARSED_BYTES];
        ThreadLocalRandom.current().nextBytes(body); // nothing for PostgreSQL to compress
        insert(List.of(SignedPayload.received(clock.instant(), body, new byte[0], "")), false);
    }

    /// Whether a committed row is on the disk.
    ///
    /// @throws SQLException when [#insert] would be refused outright: read-only, no schema, no right
    boolean syncs() throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return PayloadLogRows.syncs(connection);
        }
    }

    /// Ends what hangs in the middle of its rows. The driver's timeout is one of reading; a server or a network that
    /// takes no more bytes holds a writer for as long as the kernel tries, a quarter of an hour.
    void abandonWritesLongerThan(Duration time) {
        writing.forEach((connection, since) -> {
            if (System.nanoTime() - since > time.toNanos()) {
                abort(connection);
            }
        });
    }

    private static void abort(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            log.warn("write=hangs state={}", e.getSQLState());
        }
    }

    private void insert(List<SignedPayload> payloads, boolean keep) throws SQLException {
        long started = System.nanoTime();
        try {
            write(payloads, keep, PayloadLogRows::append);
        } catch (SQLException e) {
            if (PayloadLogRows.isMissingDay(e)) {
                makeDays(payloads);
            } else if (!isBrokenConnection(e) || System.nanoTime() - started > RETRY_WITHIN) {
                throw e;
            }
            write(payloads, keep, PayloadLogRows::insert); // some of them may be there
        }
    }

    private interface Write {
        void rows(Connection connection, List<SignedPayload> payloads) throws SQLException;
    }

    private void write(List<SignedPayload> payloads, boolean keep, Write write) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(keep);
            writeOrLeave(connection, payloads, write);
            if (!keep) {
                connection.rollback();
            }
        }
    }

    /// The pool does not see what fails below it, in a COPY, and would keep a connection that is broken, or whose
    /// server takes no writes.
    private void writeOrLeave(Connection connection, List<SignedPayload> payloads, Write write) throws SQLException {
        boolean written = false;
        writing.put(connection, System.nanoTime());
        try {
            write.rows(connection, payloads);
            written = true;
        } finally {
            writing.remove(connection);
            if (!written) {
                pool.evictConnection(connection);
            }
        }
    }

    private void makeDays(List<SignedPayload> payloads) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            PayloadLogRows.makeDays(connection, payloads);
        }
    }

    /// Class 08: the line broke. 57P01 to 57P03: the server ended the session or is about to start.
    private static boolean isBrokenConnection(SQLException e) {
        String state = e.getSQLState();
        return state != null && (state.startsWith("08") || state.startsWith("57P"));
    }
}
