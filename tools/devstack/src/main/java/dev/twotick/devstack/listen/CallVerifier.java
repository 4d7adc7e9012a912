package dev.twotick.devstack.listen;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Judges a call as Standard Webhooks asks, and says what exactly is wrong with one that fails. A stock library says
/// "no match"; whoever sits before the terminal wants to know why.
///
/// @see <a href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">the
/// specification</a>
final class CallVerifier {
    private static final Duration TOLERANCE = Duration.ofMinutes(5);
    private static final String PREFIX = "whsec_";
    private static final String SCHEME = "v1,";

    private final List<String> secrets;
    private final InstantSource clock;

    /// @param setting as `TWOTICK_HOOK_SECRET` holds it: one secret, or several with a comma between; empty: none is
    ///     known, and no call is judged
    /// @throws IllegalArgumentException saying what is wrong with it
    CallVerifier(String setting, InstantSource clock) {
        this.secrets = Arrays.stream(setting.split(","))
                .map(String::strip)
                .filter(secret -> !secret.isEmpty())
                .toList();
        this.secrets.forEach(CallVerifier::key);
        this.clock = clock;
    }

    sealed interface Verdict {
        /// @param words such as "1 of 2 signatures fits"
        record Verified(String words) implements Verdict {}

        /// @param why in full, for a person
        record Wrong(String why) implements Verdict {}

        /// No secret is known here.
        record Unjudged() implements Verdict {}
    }

    boolean judges() {
        return !secrets.isEmpty();
    }

    Verdict judge(ReceivedCall call) {
        if (!judges()) {
            return new Verdict.Unjudged();
        }
        var missing = new ArrayList<String>();
        for (var name : List.of("webhook-id", "webhook-timestamp", "webhook-signature")) {
            if (call.header(name).isBlank()) {
                missing.add(name);
            }
        }
        if (!missing.isEmpty()) {
            return new Verdict.Wrong("no header " + String.join(", ", missing) + ": not a call of Twotick's, or"
                    + " something in between drops headers");
        }
        var untimely = untimely(call.header("webhook-timestamp"));
        return untimely.isEmpty() ? judgeSignatures(call) : new Verdict.Wrong(untimely);
    }

    /// What is wrong with the time; empty if nothing is.
    private String untimely(String text) {
        if (!text.matches("-?\\d{1,18}")) {
            return "webhook-timestamp is \"" + Screen.clean(text) + "\", and should be seconds since 1970";
        }
        long seconds = Long.parseLong(text);
        if (seconds > 100_000_000_000L) {
            return "webhook-timestamp " + text + " is no time in seconds; milliseconds?";
        }
        var age = Duration.between(Instant.ofEpochSecond(seconds), clock.instant());
        if (age.compareTo(TOLERANCE) > 0) {
            return "signed " + age.toSeconds() + " s ago, and " + TOLERANCE.toSeconds()
                    + " s are allowed: an old call played again, or a clock is wrong";
        }
        return age.negated().compareTo(TOLERANCE) > 0
                ? "signed " + age.negated().toSeconds() + " s in the future: a clock is wrong"
                : "";
    }

    private Verdict judgeSignatures(ReceivedCall call) {
        var all = call.header("webhook-signature").strip().split(" +");
        var ours = Arrays.stream(all).filter(part -> part.startsWith(SCHEME)).toList();
        if (ours.isEmpty()) {
            return new Verdict.Wrong("webhook-signature holds no signature of the kind v1: "
                    + Screen.clean(call.header("webhook-signature")));
        }
        int fitting = 0;
        for (var part : ours) {
            var signature = decoded(part.substring(SCHEME.length()));
            if (signature.length == 32
                    && secrets.stream()
                            .anyMatch(secret -> MessageDigest.isEqual(signature, hmac(key(secret), signed(call))))) {
                fitting++;
            }
        }
        return fitting > 0
                ? new Verdict.Verified(
                        fitting == 1 && ours.size() == 1
                                ? "verified"
                                : "verified, " + fitting + " of " + ours.size() + " signatures fit")
                : new Verdict.Wrong(mismatch(call, ours));
    }

    private String mismatch(ReceivedCall call, List<String> signatures) {
        var found = signatures.stream()
                .map(part -> decoded(part.substring(SCHEME.length())))
                .toList();
        if (found.stream().anyMatch(signature -> signature.length != 32)) {
            return "a signature is not the base64 of 32 bytes";
        }
        for (var secret : secrets) {
            var asText = hmac(secret.getBytes(StandardCharsets.UTF_8), signed(call));
            if (found.stream().anyMatch(signature -> MessageDigest.isEqual(signature, asText))) {
                return "signed with the secret's letters; the key is what its base64 says, without whsec_";
            }
            var bodyAlone = hmac(key(secret), call.body());
            if (found.stream().anyMatch(signature -> MessageDigest.isEqual(signature, bodyAlone))) {
                return "signed over the body alone; webhook-id and webhook-timestamp belong to it";
            }
        }
        return (secrets.size() == 1 ? "the signature does not fit the secret" : "no signature fits one of the secrets")
                + " known here: the endpoint has another (./twotick listen --secret whsec_…), or something in between"
                + " changed the id, the time or the body (" + call.body().length + " bytes came)";
    }

    private static byte[] signed(ReceivedCall call) {
        var head = (call.header("webhook-id") + "." + call.header("webhook-timestamp") + ".")
                .getBytes(StandardCharsets.UTF_8);
        var all = Arrays.copyOf(head, head.length + call.body().length);
        System.arraycopy(call.body(), 0, all, head.length, call.body().length);
        return all;
    }

    private static byte[] key(String secret) {
        try {
            if (!secret.startsWith(PREFIX)) {
                throw new IllegalArgumentException("a hook secret begins with " + PREFIX);
            }
            var key = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
            if (key.length == 0) {
                throw new IllegalArgumentException("nothing follows " + PREFIX);
            }
            return key;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the secret is not " + PREFIX + " and standard base64 (" + e.getMessage() + ")", e);
        }
    }

    /// Empty when it is no base64.
    private static byte[] decoded(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    private static byte[] hmac(byte[] key, byte[] content) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(content);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
