package dev.twotick.worker.privacy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.worker.outbox.SecretBox;
import java.security.GeneralSecurityException;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Makes the hashes that stand in `tombstone`: HMAC-SHA256 of (business, kind, value) under a key derived from
/// `TWOTICK_ENCRYPTION_KEY`. Numbers are few enough to try them all, so a hash without a key would name the person
/// whom it stands for.
public final class ErasureKey {
    private static final String PURPOSE = "twotick: tombstones";

    private final SecretKeySpec key;

    public ErasureKey(SecretBox box) {
        key = new SecretKeySpec(box.derive(PURPOSE), "HmacSHA256");
    }

    /// One person's id within a business. Its kind is told by its form, as in the interpreter.
    byte[] person(long business, String id) {
        String kind = UserIdentifier.parse(id).map(UserIdentifier::kind).orElse("");
        return hash(business + "\0" + kind + "\0" + id);
    }

    /// A message of theirs: a status may come back without naming anybody.
    byte[] message(UUID key) {
        return hash("\0message\0" + key);
    }

    /// Stands in the table beside the others, so that another key is noticed.
    byte[] check() {
        return hash("\0check");
    }

    private byte[] hash(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac.doFinal(text.getBytes(UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HMAC-SHA256", e);
        }
    }
}
