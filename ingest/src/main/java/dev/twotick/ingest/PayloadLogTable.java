package dev.twotick.ingest;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
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

    private final DataSource pool;

    PayloadLogTable(DataSource pool) {
        this.pool = pool;
    }

    /// Returns when all rows are committed. When the connection broke, so that nobody knows whether they are, it tries
    /// once more with the same ids, if that can still end in time.
    ///
    /// @throws SQLException when PostgreSQL does not take them: away, stalled, read-only, full, without schema
    void insert(List<SignedPayload> payloads) throws SQLException {
        long started = System.nanoTime();
        try {
            insertOnce(payloads);
        } catch (SQLException e) {
            if (NO_PARTITION.equals(e.getSQLState())) {
                makePartitions(payloads);
            } else if (!isBrokenConnection(e) || System.nanoTime() - started > RETRY_WITHIN) {
                throw e;
            }
            insertOnce(payloads);
        }
    }

    private void insertOnce(List<SignedPayload> payloads) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement insert = connection.prepareStatement(INSERT)) {
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

    private void makePartitions(List<SignedPayload> payloads) throws SQLException {
        List<LocalDate> days = payloads.stream()
                .map(payload -> LocalDate.ofInstant(payload.at(), ZoneOffset.UTC))
                .sorted()
                .toList();
        try (Connection connection = pool.getConnection();
                PreparedStatement ensure = connection.prepareStatement("select ensure_partitions(?, ?)")) {
            ensure.setObject(1, days.getFirst());
            ensure.setObject(2, days.getLast().plusDays(1));
            ensure.execute();
        }
    }

    /// Class 08: the line broke. 57P01 to 57P03: the server ended the session or is about to start.
    private static boolean isBrokenConnection(SQLException e) {
        String state = e.getSQLState();
        return state != null && (state.startsWith("08") || state.startsWith("57P"));
    }
}
