package dev.twotick.worker.interpret;

import org.jspecify.annotations.Nullable;

/// Latitudes and longitudes: numbers, or strings that hold one.
final class Degrees {

    /// More digits than a double has do not make a place more exact.
    private static final int MAX_LENGTH = 64;

    private Degrees() {}

    /// The number, or null when it is none, or beyond ±`most`.
    static @Nullable Double upTo(double most, @Nullable Json value) {
        String text = switch (value) {
            case Json.Num number when number.end() - number.start() <= MAX_LENGTH -> number.text();
            case Json.Str string when isPlainNumber(string.value()) -> string.value();
            case null, default -> null;
        };
        if (text == null) {
            return null;
        }
        try {
            double degrees = Double.parseDouble(text);
            return Math.abs(degrees) <= most ? degrees + 0.0 : null; // not -0.0
        } catch (NumberFormatException notANumber) {
            return null;
        }
    }

    /// Java would also take `NaN`, `0x1p3` and `1d`.
    private static boolean isPlainNumber(String text) {
        return text.length() <= MAX_LENGTH
                && text.chars().allMatch(c -> (c >= '0' && c <= '9') || c == '.' || c == '-');
    }
}
