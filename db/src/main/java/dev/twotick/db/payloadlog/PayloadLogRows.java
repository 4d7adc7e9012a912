package dev.twotick.db.payloadlog;

import static dev.twotick.db.schema.Tables.PAYLOAD_LOG;

import dev.twotick.model.payload.SignedPayload;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.DSLContext;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/// Table `payload_log`, written: rows are inserted, and nothing ever changes them, except that a person's items can be
/// taken out of one. Inserts speak JDBC: they are ingest's hot path, which jOOQ would only lengthen.
public final class PayloadLogRows {
    private static final String INSERT = """
            insert into payload_log (id, received_at, body, signature, app)
            select * from unnest(?::uuid[], ?::timestamptz[], ?::bytea[], ?::bytea[], ?::text[])
            on conflict do nothing""";
    private static final String INSERT_ONE =
            "insert into payload_log (id, received_at, body, signature, app) values (?, ?, ?, ?, ?)";
    private static final String MAKE_DAYS = "select ensure_partitions(day, day + 1) from unnest(?::date[]) day";
    private static final String INSERT_NOTHING = "insert into payload_log (id) select null::uuid where false";
    private static final String SYNCS =
            "select current_setting('fsync') = 'on' and current_setting('synchronous_commit') <> 'off'";
    private static final String NO_PARTITION = "23514"; // the table has no CHECK

    /// One COPY for all, of rows that nobody has written before. A COPY is two trips; one row alone goes in one.
    public static void append(Connection connection, List<SignedPayload> payloads) throws SQLException {
        if (payloads.size() == 1) {
            insertOne(connection, payloads.getFirst());
            return;
        }
        CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(PayloadLogCopy.COPY);
        try {
            PayloadLogCopy rows = new PayloadLogCopy(copy);
            for (SignedPayload payload : payloads) {
                rows.row(payload);
            }
            rows.end();
        } catch (SQLException e) {
            cancel(copy, e);
            throw e;
        }
    }

    private static void insertOne(Connection connection, SignedPayload payload) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT_ONE)) {
            insert.setObject(1, payload.id().value());
            insert.setObject(2, payload.at().atOffset(ZoneOffset.UTC));
            insert.setBytes(3, payload.body());
            insert.setBytes(4, payload.signature());
            insert.setString(5, payload.app());
            insert.executeUpdate();
        }
    }

    private static void cancel(CopyIn copy, SQLException cause) {
        try {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    /// One statement for all; the same again is harmless.
    public static void insert(Connection connection, List<SignedPayload> payloads) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
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

    /// Whether [#insert] failed because of a day that [#makeDays] makes.
    public static boolean isMissingDay(SQLException e) {
        return NO_PARTITION.equals(e.getSQLState());
    }

    /// Of these days alone, not of all between them: a clock that was set may have jumped over years.
    public static void makeDays(Connection connection, List<SignedPayload> payloads) throws SQLException {
        LocalDate[] days = payloads.stream()
                .map(payload -> LocalDate.ofInstant(payload.id().time(), ZoneOffset.UTC))
                .distinct()
                .toArray(LocalDate[]::new);
        try (PreparedStatement ensure = connection.prepareStatement(MAKE_DAYS)) {
            ensure.setArray(1, connection.createArrayOf("date", days));
            ensure.execute();
        }
    }

    /// Whether a committed row is on the disk.
    ///
    /// @throws SQLException when [#insert] would be refused outright: read-only, no schema, no right
    public static boolean syncs(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(INSERT_NOTHING);
            try (ResultSet row = statement.executeQuery(SYNCS)) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /// @param without the new body, or empty to leave it
    /// @return whether it was written anew
    public static boolean rewriteBody(DSLContext tx, UUID payload, Function<byte[], Optional<byte[]>> without) {
        byte[] body = tx.select(PAYLOAD_LOG.BODY)
                .from(PAYLOAD_LOG)
                .where(PAYLOAD_LOG.ID.eq(payload))
                .forUpdate()
                .fetchOne(PAYLOAD_LOG.BODY);
        Optional<byte[]> rest = body == null ? Optional.empty() : without.apply(body);
        rest.ifPresent(bytes -> tx.update(PAYLOAD_LOG)
                .set(PAYLOAD_LOG.BODY, bytes)
                .where(PAYLOAD_LOG.ID.eq(payload))
                .execute());
        return rest.isPresent();
    }

    private PayloadLogRows() {}
}
