package dev.twotick.devstack;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// The secrets that a stack needs and nobody gave, made once and kept in `$TWOTICK_HOME/env`.
final class Secrets {
    /// Not `TWOTICK_DATABASE_PASSWORD`, which belongs to a database of the user's own.
    static final String EMBEDDED_PASSWORD = "TWOTICK_EMBEDDED_PASSWORD";

    private static final SecureRandom random = new SecureRandom();

    private static final Map<String, Supplier<String>> recipes = new LinkedHashMap<>();

    static {
        recipes.put("TWOTICK_APP_SECRETS", () -> "dev=" + hex(16));
        recipes.put("TWOTICK_VERIFY_TOKEN", () -> hex(16));
        recipes.put("TWOTICK_ENCRYPTION_KEY", () -> base64(32));
        recipes.put("TWOTICK_HOOK_SECRET", () -> "whsec_" + base64(32));
        recipes.put(EMBEDDED_PASSWORD, () -> hex(16));
    }

    private Secrets() {}

    /// What the file holds, after adding the secrets that neither it nor `given` has.
    static Map<String, String> complete(Home home, Predicate<String> given) {
        var kept = EnvFile.read(home.env());
        int before = kept.size();
        recipes.forEach((name, recipe) -> {
            if (!given.test(name) && kept.getOrDefault(name, "").isEmpty()) {
                kept.put(name, recipe.get());
            }
        });
        if (kept.size() != before) {
            EnvFile.write(home.env(), kept);
        }
        return kept;
    }

    /// Kept nowhere: it is shown, and used once.
    static String signIn() {
        return hex(32);
    }

    private static String hex(int bytes) {
        return HexFormat.of().formatHex(some(bytes));
    }

    private static String base64(int bytes) {
        return Base64.getEncoder().encodeToString(some(bytes));
    }

    private static byte[] some(int count) {
        var bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
