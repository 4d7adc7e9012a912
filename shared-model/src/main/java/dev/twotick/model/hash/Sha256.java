package dev.twotick.model.hash;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

public final class Sha256 {
    /// Never used: cloning it is cheaper than looking the algorithm up.
    private static final MessageDigest READY = ready();

    private static MessageDigest ready() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /// The 32 bytes of SHA-256 of the text's UTF-8.
    public static byte[] of(String text) {
        return of(text.getBytes(UTF_8));
    }

    /// Of whatever bytes they are.
    public static byte[] of(byte[] bytes) {
        try {
            return ((MessageDigest) READY.clone()).digest(bytes);
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("Java's own SHA-256 can be cloned", e);
        }
    }

    /// A new one, for bytes that come bit by bit.
    public static MessageDigest digest() {
        return ready();
    }

    private Sha256() {}
}
