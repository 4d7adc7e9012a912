package dev.twotick.db;

import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.Oid;
import org.postgresql.util.PGBinaryObject;
import org.postgresql.util.PGobject;

/// A `uuid[]` or a `timestamptz[]` that travels as PostgreSQL keeps it. The driver sends these two as text, which we
/// would have to spell, and PostgreSQL to read, at several times the cost; so it does over a connection that
/// [#mayBeSentOver] was not told of.
final class BinaryArray extends PGobject implements PGBinaryObject {
    private static final long serialVersionUID = 1;
    private static final int EMPTY_HEAD = 3 * Integer.BYTES;
    private static final int HEAD = 5 * Integer.BYTES;
    private static final int UUID_BYTES = 2 * Long.BYTES;
    private static final long SECONDS_TO_2000 = 946_684_800;

    private final transient @Nullable Object[] values;
    private final int element;
    private final int size;

    static BinaryArray of(@Nullable UUID[] values) {
        return new BinaryArray("_uuid", values, Oid.UUID, UUID_BYTES);
    }

    static BinaryArray of(@Nullable Instant[] values) {
        return new BinaryArray("_timestamptz", values, Oid.TIMESTAMPTZ, Long.BYTES);
    }

    /// Once for each new connection.
    static void mayBeSentOver(BaseConnection connection) {
        connection.getQueryExecutor().addBinarySendOid(Oid.UUID_ARRAY);
        connection.getQueryExecutor().addBinarySendOid(Oid.TIMESTAMPTZ_ARRAY);
    }

    /// @param element the type's number
    /// @param size    of a value
    private BinaryArray(String type, @Nullable Object[] values, int element, int size) {
        setType(type);
        this.values = values;
        this.element = element;
        this.size = size;
    }

    @Override
    public int lengthInBytes() {
        int present = (int) Arrays.stream(values).filter(Objects::nonNull).count();
        return values.length == 0 ? EMPTY_HEAD : HEAD + values.length * Integer.BYTES + present * size;
    }

    /// As `array_recv` reads it: how many dimensions, whether any is null, the elements' type; their count, the first
    /// one's number; and of each its length, -1 for null, and its bytes.
    @Override
    public void toBytes(byte[] bytes, int offset) {
        ByteBuffer into = ByteBuffer.wrap(bytes, offset, bytes.length - offset);
        into.putInt(values.length == 0 ? 0 : 1).putInt(1).putInt(element);
        if (values.length > 0) {
            into.putInt(values.length).putInt(1);
        }
        for (Object value : values) {
            into.putInt(value == null ? -1 : size);
            switch (value) {
                case UUID id -> into.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
                case Instant time -> into.putLong(micros(time));
                case null -> {}
                default -> throw new IllegalStateException("there is no array of these");
            }
        }
    }

    /// Since 2000, to the nearest, as PostgreSQL reads it in text.
    private static long micros(Instant time) {
        long seconds = Math.subtractExact(time.getEpochSecond(), SECONDS_TO_2000);
        return Math.addExact(Math.multiplyExact(seconds, 1_000_000L), (time.getNano() + 500) / 1_000);
    }

    @Override
    public String getValue() {
        StringJoiner text = new StringJoiner(",", "{", "}");
        Arrays.stream(values).forEach(value -> text.add(value == null ? "NULL" : "\"" + value + "\""));
        return text.toString();
    }

    @Override
    public void setByteValue(byte[] value, int offset) throws SQLException {
        throw new SQLFeatureNotSupportedException("it is only sent");
    }
}
