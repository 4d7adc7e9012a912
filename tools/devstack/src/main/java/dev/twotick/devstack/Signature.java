package dev.twotick.devstack;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Meta's signature, made here from the other side: `X-Hub-Signature-256` is HMAC-SHA256 over the body's bytes.
public final class Signature {
    public static final String HEADER = "X-Hub-Signature-256";

    private Signature() {}

    /// `sha256=` and 64 hex digits.
    public static String of(byte[] body, String appSecret) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(appSecret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return "sha256=" + HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
