package dev.twotick.ingest;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import javax.sql.DataSource;

/// The table `payload_log`: insert-only, one statement and one commit for a batch, the same again harmless.
final class PayloadLogTable {
    private static final String INSERT = """
            insert into payload_log (id, received_at, body, signature, app)
            select * from unnest(?::uuid[], ?::timestamptz[], ?::bytea[], ?::bytea[], ?::text[])
            on conflict do nothing""";
    private static final String NO_PARTITION = "23514";
    private static final long RETRY_WITHIN = Duration.ofSeconds(1).toNanos();

    /// More than the room that the last page of a table may still have on a full disk.
    private static final int REHEARSED_BYTES = 64 * 1024;

    private final DataSource pool;
    private final InstantSource clock;

    PayloadLogTable(DataSource pool, InstantSource clock) {
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
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("insert into payload_log select * from payload_log where false");
            try (ResultSet row = statement.executeQuery(
                    "select current_setting('fsync') = 'on' and current_setting('synchronous_commit') <> 'off'")) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private void insert(List<SignedPayload> payloads, boolean keep) throws SQLException {
        long started = System.nanoTime();
        try {
            insertOnce(payloads, keep);
        } catch (SQLException e) {
            if (NO_PARTITION.equals(e.getSQLState())) {
                makePartitions(payloads);
            } else if (!isBrokenConnection(e) || System.nanoTime() - started > RETRY_WITHIN) {
                throw e;
            }
            insertOnce(payloads, keep);
        }
    }

    private void insertOnce(List<SignedPayload> payloads, boolean keep) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement insert = connection.prepareStatement(INSERT)) {
            connection.setAutoCommit(keep);
            insert.setArray(
                    1,
                    array(
                            connection,
                            "uuid",
                            payloads,
                            new UUID[0],
                            payload -> payload.id().value()));
            insert.setArray(2, array(connection, "timestamptz", payloads, new Instant[0], SignedPayload::at));
            insert.setArray(3, array(connection, "bytea", payloads, new byte[0][], SignedPayload::body));
            insert.setArray(4, array(connection, "bytea", payloads, new byte[0][], SignedPayload::signature));
            insert.setArray(5, array(connection, "text", payloads, new String[0], SignedPayload::app));
            insert.executeUpdate();
            if (!keep) {
                connection.rollback();
            }
        }
    }

    private static <T> Array array(
            Connection connection,
            String type,
            List<SignedPayload> payloads,
            T[] empty,
            Function<SignedPayload, T> column)
            throws SQLException {
        return connection.createArrayOf(
                type, payloads.stream().map(column).toList().toArray(empty));
    }

    /// Of these days alone, not of all between them: a clock that was set may have jumped over years.
    private void makePartitions(List<SignedPayload> payloads) throws SQLException {
        LocalDate[] days = payloads.stream()
                .map(payload -> LocalDate.ofInstant(payload.at(), ZoneOffset.UTC))
                .distinct()
                .toArray(LocalDate[]::new);
        try (Connection connection = pool.getConnection();
                PreparedStatement ensure = connection.prepareStatement(
                        "select ensure_partitions(day, day + 1) from unnest(?::date[]) day")) {
            ensure.setArray(1, connection.createArrayOf("date", days));
            ensure.execute();
        }
    }

    /// Class 08: the line broke. 57P01 to 57P03: the server ended the session or is about to start.
    private static boolean isBrokenConnection(SQLException e) {
        String state = e.getSQLState();
        return state != null && (state.startsWith("08") || state.startsWith("57P"));
    }
}
