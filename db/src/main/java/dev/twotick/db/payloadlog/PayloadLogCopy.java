package dev.twotick.db.payloadlog;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.model.payload.SignedPayload;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.postgresql.copy.CopyIn;

/// Rows of `payload_log` as `COPY … (format binary)` takes them: each a count of fields, each field its length and its
/// bytes. The server takes them as they come, a page at a time, with nothing to parse, and nothing to sort out.
///
/// @see <a href="https://www.postgresql.org/docs/current/sql-copy.html">PostgreSQL: COPY, file formats</a>
final class PayloadLogCopy {
    static final String COPY = "copy payload_log (id, received_at, body, signature, app) from stdin (format binary)";

    private static final byte[] HEADER = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0};
    private static final int FIELDS = 5;
    private static final int END = -1;
    private static final Instant POSTGRES_EPOCH = Instant.parse("2000-01-01T00:00:00Z");
    private static final int BUFFER = 64 * 1024;
    /// What a row has besides body, signature and app.
    private static final int FIXED = 2 + FIELDS * 4 + 16 + 8;

    private final CopyIn copy;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);

    PayloadLogCopy(CopyIn copy) {
        this.copy = copy;
        buffer.put(HEADER).putInt(0).putInt(0); // no flags, no extension
    }

    void row(SignedPayload payload) throws SQLException {
        byte[] app = payload.app().getBytes(UTF_8);
        makeRoom(FIXED);
        UUID id = payload.id().value();
        buffer.putShort((short) FIELDS);
        buffer.putInt(16).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
        buffer.putInt(8).putLong(micros(payload.at()));
        bytes(payload.body());
        bytes(payload.signature());
        bytes(app);
    }

    /// @throws SQLException when a row was refused; then none is in
    void end() throws SQLException {
        makeRoom(2);
        buffer.putShort((short) END);
        send();
        copy.endCopy();
    }

    private static long micros(Instant at) {
        return Duration.between(POSTGRES_EPOCH, at).toNanos() / 1_000;
    }

    private void bytes(byte[] bytes) throws SQLException {
        makeRoom(4);
        buffer.putInt(bytes.length);
        if (bytes.length > buffer.remaining()) {
            send();
        }
        if (bytes.length > buffer.remaining()) {
            copy.writeToCopy(bytes, 0, bytes.length);
        } else {
            buffer.put(bytes);
        }
    }

    private void makeRoom(int bytes) throws SQLException {
        if (buffer.remaining() < bytes) {
            send();
        }
    }

    private void send() throws SQLException {
        copy.writeToCopy(buffer.array(), 0, buffer.position());
        buffer.clear();
    }
}
