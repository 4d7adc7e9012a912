package dev.twotick.model.queue;

import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/// A payload's id: a UUIDv7 made by ingest when the payload arrives. Primary key of the log row (which is
/// partitioned by the time in it) and field `id` of the stream entry, so that writing either twice is harmless.
///
/// @see <a href="https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7">RFC 9562, 5.7</a>
public record PayloadId(UUID value) implements Comparable<PayloadId> {

    public PayloadId {
        if (value.version() != 7) {
            throw new IllegalArgumentException("a payload id is a UUIDv7, and " + value + " is not");
        }
    }

    /// A new id that carries `at`, to the millisecond.
    public static PayloadId at(Instant at) {
        return new PayloadId(uuidV7(at.toEpochMilli(), ThreadLocalRandom.current()::nextLong));
    }

    /// @throws IllegalArgumentException when `text` is not a UUIDv7
    public static PayloadId parse(String text) {
        return new PayloadId(UUID.fromString(text));
    }

    /// The least UUIDv7 of that millisecond: a bound for the partitions of the log and for queries by time.
    public static UUID floor(Instant at) {
        return uuidV7(at.toEpochMilli(), () -> 0);
    }

    /// The time in the id, which is the clock of the ingest that made it.
    public Instant time() {
        return Instant.ofEpochMilli(value.getMostSignificantBits() >>> 16);
    }

    private static UUID uuidV7(long epochMilli, LongSupplier random) {
        long high = (epochMilli << 16) | 0x7000 | (random.getAsLong() & 0x0fff);
        long low = 0x8000_0000_0000_0000L | (random.getAsLong() & 0x3fff_ffff_ffff_ffffL);
        return new UUID(high, low);
    }

    /// By time, and as PostgreSQL compares: unsigned, unlike [UUID#compareTo].
    @Override
    public int compareTo(PayloadId other) {
        int high = Long.compareUnsigned(value.getMostSignificantBits(), other.value.getMostSignificantBits());
        return high != 0
                ? high
                : Long.compareUnsigned(value.getLeastSignificantBits(), other.value.getLeastSignificantBits());
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
