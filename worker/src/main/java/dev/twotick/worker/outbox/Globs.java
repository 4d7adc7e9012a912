package dev.twotick.worker.outbox;

import java.util.Collection;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

    /// [#wants], asked of the globs themselves, for many types.
    static Predicate<String> wanted(Collection<String> globs) {
        return globs.stream().map(Globs::matching).reduce(_ -> false, Predicate::or);
    }

    private static Predicate<String> matching(String glob) {
        boolean ofPayloads = glob.startsWith(MetaPart.PREFIX);
        Predicate<String> like = Pattern.compile(
                        Stream.of(glob.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")))
                .asMatchPredicate();
        return type -> type.startsWith(MetaPart.PREFIX) == ofPayloads && like.test(type);
    }

    private static String isMeta(String text) {
        return "starts_with(" + text + ", '" + MetaPart.PREFIX + "')";
    }

    static boolean isGlob(String text) {
        return GLOB.matcher(text).matches();
    }

    private Globs() {}
}
