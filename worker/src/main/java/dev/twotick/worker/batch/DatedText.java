package dev.twotick.worker.batch;

import java.time.Instant;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// What somebody is called, and Meta's time of it. Of two the one with the greater (time, text) stands;
/// without a time it ranks below every one that has one.
///
/// @param value null: no longer called anything
public record DatedText(@Nullable String value, @Nullable Instant at) implements Comparable<DatedText> {

    /// As PostgreSQL's collation "C" compares: the order of UTF-8's bytes, which is that of code points.
    public static final Comparator<String> UTF8_ORDER = DatedText::utf8Order;

    /// Of Meta's times: none is the least.
    public static final Comparator<@Nullable Instant> TIME = Comparator.nullsFirst(Comparator.<Instant>naturalOrder());

    private static int utf8Order(String one, String other) {
        int length = Math.min(one.length(), other.length());
        for (int i = 0; i < length; i++) {
            char a = one.charAt(i);
            char b = other.charAt(i);
            if (a != b) {
                // half of a code point above U+FFFF is greater than every char that is a whole one
                boolean alike = Character.isSurrogate(a) == Character.isSurrogate(b);
                return alike ? Character.compare(a, b) : Character.isSurrogate(a) ? 1 : -1;
            }
        }
        return Integer.compare(one.length(), other.length());
    }

    public static @Nullable DatedText of(@Nullable String value, @Nullable Instant at) {
        return value == null ? null : new DatedText(value, at);
    }

    /// Of a name that can be taken away: a time without a text says that it was.
    public static @Nullable DatedText ofRemovable(@Nullable String value, @Nullable Instant at) {
        return value == null && at == null ? null : new DatedText(value, at);
    }

    public static @Nullable DatedText later(@Nullable DatedText one, @Nullable DatedText other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.compareTo(other) >= 0 ? one : other;
    }

    public static @Nullable String text(@Nullable DatedText stated) {
        return stated == null ? null : stated.value;
    }

    public static @Nullable Instant time(@Nullable DatedText stated) {
        return stated == null ? null : stated.at;
    }

    @Override
    public int compareTo(DatedText other) {
        int byTime = TIME.compare(at, other.at);
        return byTime != 0
                ? byTime
                : UTF8_ORDER.compare(value == null ? "" : value, other.value == null ? "" : other.value);
    }
}
