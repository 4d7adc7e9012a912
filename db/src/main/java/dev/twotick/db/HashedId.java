package dev.twotick.db;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/// An id that is a function of what it names: whoever makes it, and however often, makes the same one. Ids that are
/// made so are keys of rows and `webhook-id`s, so how is a contract.
public final class HashedId {

    /// The first 16 bytes of SHA-256 over these parts, a zero byte between them; as a UUID, of no version.
    public static UUID of(String... parts) {
        ByteBuffer hash =
                ByteBuffer.wrap(sha256().digest(String.join("\0", parts).getBytes(UTF_8)));
        return new UUID(hash.getLong(), hash.getLong());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private HashedId() {}
}
