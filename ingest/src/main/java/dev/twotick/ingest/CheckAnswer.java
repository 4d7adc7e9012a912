package dev.twotick.ingest;

import dev.twotick.ingest.SignatureVerifier.Signed;
import dev.twotick.model.hash.Sha256;
import dev.twotick.model.payload.PayloadId;
import java.util.HexFormat;
import java.util.regex.Pattern;

/// What `./twotick check` learns of its post beside the status: that nobody but a Twotick with the app's secret can
/// have taken it, or what arrived instead. Only whoever asks is told, and a stranger hears nothing that the status does
/// not say.
final class CheckAnswer {
    /// In the request 32 hex digits of the asker's choice, in the answer what became of the post.
    static final String HEADER = "X-Twotick-Check";

    private static final Pattern NONCE = Pattern.compile("[0-9a-f]{32}");

    /// `kept`, the payload's id, and an HMAC under the app's secret of the asker's digits and that id.
    static void kept(WebhookPost post, Signed signed, PayloadId id) {
        String nonce = post.header(HEADER);
        if (nonce != null && NONCE.matcher(nonce).matches()) {
            say(post, "kept " + id + " " + hex(signed.hmac().of("twotick-check:" + nonce + ":" + id)));
        }
    }

    /// The SHA-256 of the bytes that came, by which the asker sees whether they are those that were sent.
    static void mismatch(WebhookPost post, byte[] body) {
        if (post.header(HEADER) != null) {
            say(post, "mismatch " + body.length + " " + hex(Sha256.of(body)));
        }
    }

    static void refused(WebhookPost post, String why) {
        if (post.header(HEADER) != null) {
            say(post, why);
        }
    }

    private static void say(WebhookPost post, String words) {
        post.response().getHeaders().put(HEADER, words);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private CheckAnswer() {}
}
