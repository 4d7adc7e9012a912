package dev.twotick.worker.outbox;

import java.util.regex.Pattern;

/// Which events an endpoint wants: `message.*` is every type that begins so, `*` is all. No other sign is special.
final class Globs {
    private static final Pattern GLOB = Pattern.compile("[a-z_.*]+");

    /// An SQL condition: does the text `type` match any of the globs in the array `globs`?
    static String matchesAny(String type, String globs) {
        return "exists (select from unnest(" + globs + ") as g (glob) where " + matches(type) + ")";
    }

    /// Likewise of what an endpoint is told: calls of the format `meta` have globs of their own, which `*` is none of.
    static String wants(String type, String globs) {
        return "exists (select from unnest(" + globs + ") as g (glob) where " + matches(type) + " and "
                + isMeta("g.glob") + " = " + isMeta(type) + ")";
    }

    private static String matches(String type) {
        return type + " like replace(replace(replace(replace(g.glob, '!', '!!'), '%', '!%'), '_', '!_'), '*', '%')"
                + " escape '!'";
    }

    private static String isMeta(String text) {
        return "starts_with(" + text + ", '" + MetaPart.PREFIX + "')";
    }

    static boolean isGlob(String text) {
        return GLOB.matcher(text).matches();
    }

    private Globs() {}
}
