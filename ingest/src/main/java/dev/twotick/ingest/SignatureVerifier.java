package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Tells Meta's posts from everybody else's: `X-Hub-Signature-256` is HMAC-SHA256 of the raw bytes under the app's
/// secret. The bytes are taken as they came; a body that was parsed and written again has another signature.
final class SignatureVerifier {
    static final String HEADER = "X-Hub-Signature-256";
    private static final String PREFIX = "sha256=";
    private static final int HEX_DIGITS = 64;

    private final List<Key> keys;
    private volatile int lastMatch; // traffic mostly belongs to one app

    SignatureVerifier(List<AppSecret> secrets) {
        keys = secrets.stream().map(Key::of).toList();
    }

    /// @return the 32 bytes of the header's signature, or why it cannot be right, before the body is read
    Claim read(@Nullable String header) {
        if (header == null) {
            return Refused.NO_HEADER;
        }
        int length = PREFIX.length() + HEX_DIGITS;
        if (header.length() != length || !header.startsWith(PREFIX)) {
            return Refused.MALFORMED;
        }
        try {
            return new Claimed(HexFormat.of().parseHex(header, PREFIX.length(), length));
        } catch (IllegalArgumentException e) {
            return Refused.MALFORMED;
        }
    }

    /// Tries every secret, the one that matched last first.
    Verdict verify(Claimed claimed, byte[] body) {
        int first = lastMatch;
        for (int i = 0; i < keys.size(); i++) {
            int at = (first + i) % keys.size();
            if (MessageDigest.isEqual(keys.get(at).sign(body), claimed.signature)) {
                if (at != first) {
                    lastMatch = at;
                }
                return new Signed(keys.get(at).app);
            }
        }
        return Refused.MISMATCH;
    }

    /// What the header says.
    sealed interface Claim permits Claimed, Refused {}

    /// What the body proves.
    sealed interface Verdict permits Signed, Refused {}

    record Claimed(byte[] signature) implements Claim {}

    record Signed(String app) implements Verdict {}

    enum Refused implements Claim, Verdict {
        NO_HEADER("no header"),
        MALFORMED("malformed"),
        MISMATCH("mismatch");

        final String reason;

        Refused(String reason) {
            this.reason = reason;
        }
    }

    /// @param ready initialised and unused: cloning it is cheaper than looking the algorithm up, and needs no thread
    private record Key(String app, Mac ready) {
        static Key of(AppSecret secret) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(secret.secret().getBytes(UTF_8), "HmacSHA256"));
                return new Key(secret.app(), mac);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every JDK has HmacSHA256", e);
            }
        }

        byte[] sign(byte[] body) {
            try {
                return ((Mac) ready.clone()).doFinal(body);
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException("the JDK's own HmacSHA256 can be cloned", e);
            }
        }
    }
}
