package dev.twotick.worker.deliver;

import dev.twotick.worker.outbox.HookSecret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs a call by the rules of Standard Webhooks: HMAC-SHA256 over id, time and body, so that neither can be
/// changed and an old call cannot be played again.
///
/// @see <a href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">the
/// specification</a>
final class HookSigner {
    private static final String ALGORITHM = "HmacSHA256";

    /// The value of `webhook-signature`: `v1,` and base64 for each secret, with spaces between.
    static String signature(List<HookSecret> secrets, UUID id, Instant at, byte[] body) {
        byte[] head = (id + "." + at.getEpochSecond() + ".").getBytes(StandardCharsets.US_ASCII);
        return secrets.stream()
                .map(secret -> "v1," + Base64.getEncoder().encodeToString(hmac(secret.key(), head, body)))
                .collect(Collectors.joining(" "));
    }

    private static byte[] hmac(byte[] key, byte[] head, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            mac.update(head);
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    private HookSigner() {}
}
