package dev.twotick.worker.interpret;

import org.jspecify.annotations.Nullable;

/// Meta's error codes: numbers, and strings of digits in group webhooks.
final class ErrorCode {

    /// Fits an int with certainty; Meta's longest has seven digits.
    private static final int MAX_DIGITS = 9;

    private ErrorCode() {}

    /// The first code in the item's `errors[]`, or null.
    static @Nullable Integer firstOf(Json.Obj item) {
        for (Json error : item.array("errors")) {
            String code = error instanceof Json.Obj object ? object.id("code") : null;
            if (code != null && code.length() <= MAX_DIGITS && Identifiers.isDigits(code)) {
                return Integer.valueOf(code);
            }
        }
        return null;
    }
}
