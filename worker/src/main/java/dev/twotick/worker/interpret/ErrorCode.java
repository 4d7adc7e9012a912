package dev.twotick.worker.interpret;

import org.jspecify.annotations.Nullable;

/// Meta's error codes: numbers, and strings of digits in group webhooks.
final class ErrorCode {

    private ErrorCode() {}

    /// The first code in the item's `errors[]`, or null.
    static @Nullable Integer firstOf(Json.Obj item) {
        for (Json error : item.array("errors")) {
            Integer code = error instanceof Json.Obj object ? Identifiers.integer(object.id("code")) : null;
            if (code != null) {
                return code;
            }
        }
        return null;
    }
}
