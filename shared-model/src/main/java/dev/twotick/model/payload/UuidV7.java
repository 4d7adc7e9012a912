package dev.twotick.model.payload;

import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/// UUIDs that begin with their time.
///
/// @see <a href="https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7">RFC 9562, 5.7</a>
public final class UuidV7 {

    /// A new one, of that millisecond.
    public static UUID at(Instant time) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return of(time.toEpochMilli(), random.nextLong(), random.nextLong());
    }

    /// @param high of which the last 12 bits are taken
    /// @param low  of which the last 62 bits are taken
    public static UUID of(long epochMilli, long high, long low) {
        return new UUID(
                (epochMilli << 16) | 0x7000 | (high & 0x0fff), 0x8000_0000_0000_0000L | (low & 0x3fff_ffff_ffff_ffffL));
    }

    public static Instant timeOf(UUID id) {
        return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
    }

    /// By time, and as PostgreSQL compares any UUIDs: unsigned, unlike [UUID#compareTo].
    public static int compare(UUID one, UUID other) {
        int high = Long.compareUnsigned(one.getMostSignificantBits(), other.getMostSignificantBits());
        return high != 0 ? high : Long.compareUnsigned(one.getLeastSignificantBits(), other.getLeastSignificantBits());
    }

    private UuidV7() {}
}
