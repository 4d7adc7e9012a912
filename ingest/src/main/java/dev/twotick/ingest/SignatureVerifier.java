package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.model.hash.HmacSha256;
import dev.twotick.model.settings.AppSecret;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tells Meta's posts from everybody else's: `X-Hub-Signature-256` is HMAC-SHA256 of the raw bytes under the app's
/// secret. The bytes are taken as they came; a body that was parsed and written again has another signature.
final class SignatureVerifier {
    static final String HEADER = "X-Hub-Signature-256";
    private static final String PREFIX = "sha256=";
    private static final int HEX_DIGITS = 64;

    private final InstantSource clock;
    private volatile List<NamedSecret> secrets = List.of();
    private volatile int lastMatch; // traffic mostly belongs to one app

    SignatureVerifier(List<AppSecret> secrets, InstantSource clock) {
        this.clock = clock;
        use(secrets);
    }

    /// From now on instead of those before. One that stays keeps the time of its last use.
    void use(List<AppSecret> next) {
        List<NamedSecret> before = secrets;
        secrets = next.stream()
                .map(secret -> before.stream()
                        .filter(one -> one.secret.equals(secret))
                        .findFirst()
                        .orElseGet(() -> new NamedSecret(secret)))
                .toList();
    }

    /// When each of the secrets in force proved a post last; [Instant#EPOCH]: not since the start of this process.
    Map<AppSecret, Instant> lastUses() {
        Map<AppSecret, Instant> uses = new LinkedHashMap<>();
        secrets.forEach(one -> uses.put(one.secret, Instant.ofEpochMilli(one.usedAtMs)));
        return uses;
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
        List<NamedSecret> now = secrets;
        int first = lastMatch;
        for (int i = 0; i < now.size(); i++) {
            int at = (first + i) % now.size();
            NamedSecret one = now.get(at);
            if (MessageDigest.isEqual(one.hmac.of(body), claimed.signature)) {
                if (at != first) {
                    lastMatch = at;
                }
                one.usedAtMs = clock.millis();
                return new Signed(one.secret.app(), one.hmac);
            }
        }
        return Refused.MISMATCH;
    }

    /// What the header says.
    sealed interface Claim permits Claimed, Refused {}

    /// What the body proves.
    sealed interface Verdict permits Signed, Refused {}

    record Claimed(byte[] signature) implements Claim {}

    /// @param hmac under the secret that fitted
    record Signed(String app, HmacSha256 hmac) implements Verdict {}

    enum Refused implements Claim, Verdict {
        NO_HEADER("no header"),
        MALFORMED("malformed"),
        MISMATCH("mismatch");

        final String reason;

        Refused(String reason) {
            this.reason = reason;
        }
    }

    private static final class NamedSecret {
        private final AppSecret secret;
        private final HmacSha256 hmac;
        private volatile long usedAtMs;

        NamedSecret(AppSecret secret) {
            this.secret = secret;
            hmac = new HmacSha256(secret.secret().getBytes(UTF_8));
        }
    }
}
