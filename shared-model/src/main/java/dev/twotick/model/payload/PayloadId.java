package dev.twotick.model.payload;

import java.time.Instant;
import java.util.UUID;

/// A payload's id: a UUIDv7 made by ingest when the payload arrives. Primary key of the log row (which is
/// partitioned by the time in it) and field `id` of the stream entry, so that writing either twice is harmless.
public record PayloadId(UUID value) implements Comparable<PayloadId> {

    public PayloadId {
        if (value.version() != 7) {
            throw new IllegalArgumentException("a payload id is a UUIDv7, and " + value + " is not");
        }
    }

    /// A new id that carries `at`, to the millisecond.
    public static PayloadId at(Instant at) {
        return new PayloadId(UuidV7.at(at));
    }

    /// @throws IllegalArgumentException when `text` is not a UUIDv7
    public static PayloadId parse(String text) {
        return new PayloadId(UUID.fromString(text));
    }

    /// The least UUIDv7 of that millisecond: a bound for the partitions of the log and for queries by time.
    public static UUID floor(Instant at) {
        return UuidV7.of(at.toEpochMilli(), 0, 0);
    }

    /// The time in the id, which is the clock of the ingest that made it.
    public Instant time() {
        return UuidV7.timeOf(value);
    }

    @Override
    public int compareTo(PayloadId other) {
        return UuidV7.compare(value, other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
