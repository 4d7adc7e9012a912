package dev.twotick.db;

import dev.twotick.model.hash.Sha256;
import java.nio.ByteBuffer;
import java.util.UUID;

/// An id that is a function of what it names: whoever makes it, and however often, makes the same one. Ids that are
/// made so are keys of rows and `webhook-id`s, so how is a contract.
public final class HashedId {

    /// The first 16 bytes of SHA-256 over these parts, a zero byte between them; as a UUID, of no version.
    public static UUID of(String... parts) {
        ByteBuffer hash = ByteBuffer.wrap(Sha256.of(String.join("\0", parts)));
        return new UUID(hash.getLong(), hash.getLong());
    }

    private HashedId() {}
}
