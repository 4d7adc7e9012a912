package dev.twotick.model.hash;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// HMAC-SHA256 under one key. Thread-safe.
public final class HmacSha256 {
    private static final String ALGORITHM = "HmacSHA256";

    /// Initialised and never used: cloning it is cheaper than looking the algorithm up, and needs no thread.
    private final Mac ready;

    public HmacSha256(byte[] key) {
        try {
            ready = Mac.getInstance(ALGORITHM);
            ready.init(new SecretKeySpec(key, ALGORITHM));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }

    /// The 32 bytes over these parts, one behind the other.
    public byte[] of(byte[]... parts) {
        try {
            Mac mac = (Mac) ready.clone();
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("Java's own HmacSHA256 can be cloned", e);
        }
    }

    /// Of the text's UTF-8.
    public byte[] of(String text) {
        return of(text.getBytes(UTF_8));
    }
}
