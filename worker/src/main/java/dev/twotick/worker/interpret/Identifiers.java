package dev.twotick.worker.interpret;

import org.jspecify.annotations.Nullable;

/// Which texts can be keys, or whole numbers.
final class Identifiers {

    /// In characters. Real wamids have fewer than 100; the database's indexes end at 2,700 bytes.
    static final int MAX_LENGTH = 512;

    /// Digits beyond this are no number that Meta uses as an id.
    private static final int MAX_DIGITS = 40;

    /// Fits an int with certainty.
    private static final int MAX_INTEGER_DIGITS = 9;

    private Identifiers() {}

    /// The value as an identifier: a string that is not blank, not overlong, and that the database can hold as
    /// it is; or a number of digits alone. Otherwise null.
    static @Nullable String usable(@Nullable Json value) {
        return switch (value) {
            case Json.Str string when isUsable(string.value()) -> string.value();
            case Json.Num number
            when number.end() - number.start() <= MAX_DIGITS && isDigits(number.text()) -> number.text();
            case null, default -> null;
        };
    }

    static boolean isDigits(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /// The number that a text of digits is, if it surely fits. Meta's longest: error codes of seven digits.
    static @Nullable Integer integer(@Nullable String text) {
        return text != null && text.length() <= MAX_INTEGER_DIGITS && isDigits(text) ? Integer.valueOf(text) : null;
    }

    private static boolean isUsable(String text) {
        return text.length() <= MAX_LENGTH && !text.isBlank() && PostgresText.isFit(text);
    }
}
