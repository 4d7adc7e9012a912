package dev.twotick.worker.privacy;

import static dev.twotick.db.schema.Tables.TOMBSTONE;

import dev.twotick.db.Unnest;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// Table `tombstone`: who was erased, and when, without saying who.
final class Tombstones {

    static boolean any(DSLContext tx) {
        return tx.fetchExists(TOMBSTONE);
    }

    /// @return when, by hash, for those that there are
    static Map<ByteBuffer, Instant> find(DSLContext tx, Collection<ByteBuffer> hashes) {
        Map<ByteBuffer, Instant> found = new HashMap<>();
        tx.select(TOMBSTONE.IDENTITY_HASH, TOMBSTONE.ERASED_AT)
                .from(TOMBSTONE)
                .where(TOMBSTONE.IDENTITY_HASH.eq(
                        DSL.any(hashes.stream().map(ByteBuffer::array).toArray(byte[][]::new))))
                .forEach(row -> found.put(ByteBuffer.wrap(row.value1()), row.value2()));
        return found;
    }

    /// Erased once more, they are erased as of then.
    static void write(DSLContext tx, Collection<byte[]> hashes, Instant at) {
        Unnest<byte[]> n =
                Unnest.of(hashes).with(TOMBSTONE.IDENTITY_HASH, hash -> hash).with(TOMBSTONE.ERASED_AT, hash -> at);
        tx.insertInto(TOMBSTONE, n.columns())
                .select(n.select(TOMBSTONE.IDENTITY_HASH))
                .onConflict(TOMBSTONE.IDENTITY_HASH)
                .doUpdate()
                .set(TOMBSTONE.ERASED_AT, DSL.excluded(TOMBSTONE.ERASED_AT))
                .where(TOMBSTONE.ERASED_AT.lt(DSL.excluded(TOMBSTONE.ERASED_AT)))
                .execute();
    }

    private Tombstones() {}
}
