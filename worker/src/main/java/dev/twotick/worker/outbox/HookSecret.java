package dev.twotick.worker.outbox;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// The key of an endpoint's signatures, written `whsec_` and base64; 24 to 64 bytes, as Standard Webhooks asks.
///
/// @see <a href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">the
/// specification</a>
public record HookSecret(byte[] key) {
    private static final String PREFIX = "whsec_";

    public HookSecret {
        if (key.length < 24 || key.length > 64) {
            throw new IllegalArgumentException("a hook secret is 24 to 64 bytes, not " + key.length);
        }
        key = key.clone();
    }

    /// @throws IllegalArgumentException when `text` is not `whsec_` and base64 of 24 to 64 bytes
    public static HookSecret parse(String text) {
        if (!text.startsWith(PREFIX)) {
            throw new IllegalArgumentException("a hook secret begins with " + PREFIX);
        }
        return new HookSecret(Base64.getDecoder().decode(text.substring(PREFIX.length())));
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
