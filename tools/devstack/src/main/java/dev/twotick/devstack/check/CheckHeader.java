package dev.twotick.devstack.check;

import dev.twotick.devstack.check.Client.Reply.Answer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Function;
import java.util.regex.Pattern;

/// What `ingest` says to a post that asks by a header of 32 hex digits: that it has the secret, or what arrived.
///
/// @param nonce     of our choice, so that no answer can be an old one
/// @param signature of a body under the app's secret
record CheckHeader(String nonce, Function<byte[], String> signature) {
    static final String NAME = "X-Twotick-Check";
    private static final Pattern KEPT = Pattern.compile("kept ([0-9a-f-]{36}) ([0-9a-f]{64})");
    private static final Pattern MISMATCH = Pattern.compile("mismatch (\\d{1,9}) ([0-9a-f]{64})");

    sealed interface Said {
        /// By one who knows the secret, under that payload id.
        record Kept(String id) implements Said {}

        /// By one who does not.
        record Forged() implements Said {}

        /// @param sha256 of what arrived
        record Mismatch(int length, String sha256) implements Said {
            boolean isOf(byte[] body) {
                try {
                    return sha256.equals(HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(body)));
                } catch (NoSuchAlgorithmException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        record Refused(String why) implements Said {}

        /// There is no such header.
        record Nothing() implements Said {}
    }

    Said read(Answer answer) {
        var words = answer.header(NAME);
        var kept = KEPT.matcher(words);
        if (kept.matches()) {
            var proof =
                    signature.apply(("twotick-check:" + nonce + ":" + kept.group(1)).getBytes(StandardCharsets.UTF_8));
            return proof.equals("sha256=" + kept.group(2)) ? new Said.Kept(kept.group(1)) : new Said.Forged();
        }
        var mismatch = MISMATCH.matcher(words);
        if (mismatch.matches()) {
            return new Said.Mismatch(Integer.parseInt(mismatch.group(1)), mismatch.group(2));
        }
        return words.isEmpty() ? new Said.Nothing() : new Said.Refused(Report.clean(words));
    }
}
