package dev.twotick.worker.outbox;

import dev.twotick.model.hash.HmacSha256;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// The key of an endpoint's signatures, written `whsec_` and base64; 24 to 64 bytes, as Standard Webhooks asks.
///
/// @see <a href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">the
/// specification</a>
public final class HookSecret {
    private static final String PREFIX = "whsec_";

    private final byte[] key;
    private final HmacSha256 hmac;

    public HookSecret(byte[] key) {
        if (key.length < 24 || key.length > 64) {
            throw new IllegalArgumentException("a hook secret is 24 to 64 bytes, not " + key.length);
        }
        this.key = key.clone();
        this.hmac = new HmacSha256(key);
    }

    /// @throws IllegalArgumentException when `text` is not `whsec_` and base64 of 24 to 64 bytes
    public static HookSecret parse(String text) {
        if (!text.startsWith(PREFIX)) {
            throw new IllegalArgumentException("a hook secret begins with " + PREFIX);
        }
        return new HookSecret(Base64.getDecoder().decode(text.substring(PREFIX.length())));
    }

    /// A new one, of 32 bytes.
    static HookSecret random() {
        byte[] key = new byte[32];
        new SecureRandom().nextBytes(key);
        return new HookSecret(key);
    }

    /// As its owner is shown it, once.
    public String text() {
        return PREFIX + Base64.getEncoder().encodeToString(key);
    }

    byte[] key() {
        return key;
    }

    /// Under this key: made once, which costs as much as signing does.
    public HmacSha256 hmac() {
        return hmac;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof HookSecret secret && MessageDigest.isEqual(key, secret.key);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(key);
    }

    /// Never the key.
    @Override
    public String toString() {
        return "HookSecret[" + key.length + " bytes]";
    }
}
