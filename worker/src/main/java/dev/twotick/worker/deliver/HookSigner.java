package dev.twotick.worker.deliver;

import dev.twotick.worker.outbox.HookSecret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/// Signs a call by the rules of Standard Webhooks: HMAC-SHA256 over id, time and body, so that neither can be
/// changed and an old call cannot be played again.
///
/// @see <a href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">the
/// specification</a>
final class HookSigner {
    /// The value of `webhook-signature`: `v1,` and base64 for each secret, with spaces between.
    static String signature(List<HookSecret> secrets, UUID id, Instant at, byte[] body) {
        byte[] head = (id + "." + at.getEpochSecond() + ".").getBytes(StandardCharsets.US_ASCII);
        return secrets.stream()
                .map(secret ->
                        "v1," + Base64.getEncoder().encodeToString(secret.hmac().of(head, body)))
                .collect(Collectors.joining(" "));
    }

    private HookSigner() {}
}
