package dev.twotick.worker.privacy;

import dev.twotick.model.hash.HmacSha256;
import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.worker.outbox.SecretBox;
import java.util.UUID;

/// Makes the hashes that stand in `tombstone`: HMAC-SHA256 of (business, kind, value) under a key derived from
/// `TWOTICK_ENCRYPTION_KEY`. Numbers are few enough to try them all, so a hash without a key would name the person
/// whom it stands for.
public final class ErasureKey {
    private static final String PURPOSE = "twotick: tombstones";

    private final HmacSha256 hmac;

    public ErasureKey(SecretBox box) {
        hmac = new HmacSha256(box.derive(PURPOSE));
    }

    /// One person's id within a business. Its kind is told by its form, as in the interpreter.
    byte[] person(long business, String id) {
        String kind = UserIdentifier.parse(id).map(UserIdentifier::kind).orElse("");
        return hmac.of(business + "\0" + kind + "\0" + id);
    }

    /// A message of theirs: a status may come back without naming anybody.
    byte[] message(UUID key) {
        return hmac.of("\0message\0" + key);
    }

    /// Stands in the table beside the others, so that another key is noticed.
    byte[] check() {
        return hmac.of("\0check");
    }
}
