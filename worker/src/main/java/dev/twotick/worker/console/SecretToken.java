package dev.twotick.worker.console;

import dev.twotick.model.hash.Sha256;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A secret that we made, and whoever shows it is who it was made for: in a cookie, a link, a header. It is long and
/// random, so its plain hash is all that the database needs to know it again.
public record SecretToken(String text) {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{32,128}");

    public static SecretToken random() {
        byte[] bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return new SecretToken(BASE64.encodeToString(bytes));
    }

    /// @throws IllegalArgumentException when it is none of ours
    public static SecretToken parse(String text) {
        return of(text).orElseThrow(() -> new IllegalArgumentException("not a token"));
    }

    /// Of whatever somebody sent; nothing, where it is none of ours.
    static Optional<SecretToken> of(@Nullable String text) {
        return Optional.ofNullable(text).filter(FORM.asMatchPredicate()).map(SecretToken::new);
    }

    byte[] hash() {
        return Sha256.of(text);
    }

    /// Another secret that follows from this one, for a page to hold.
    String derived(String purpose) {
        return BASE64.encodeToString(Sha256.of(purpose + '\0' + text));
    }

    /// Not for a log.
    @Override
    public String toString() {
        return "SecretToken";
    }
}
