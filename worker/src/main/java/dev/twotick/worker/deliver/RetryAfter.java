package dev.twotick.worker.deliver;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/// The header `Retry-After`: seconds, or an HTTP date.
///
/// @see <a href="https://www.rfc-editor.org/rfc/rfc9110#name-retry-after">RFC 9110, 10.2.3</a>
public final class RetryAfter {

    /// @param date the answer's own `Date`, against which its other dates are meant: our clock may differ
    /// @return null when there is none, or none that can be read
    public static @Nullable Duration parse(@Nullable String value, @Nullable String date, Instant now) {
        if (value == null) {
            return null;
        }
        String text = value.strip();
        if (text.matches("\\d{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(text));
        }
        Instant until = httpDate(text);
        Instant from = date == null ? null : httpDate(date.strip());
        if (until == null) {
            return null;
        }
        Duration wait = Duration.between(from == null ? now : from, until);
        return wait.isNegative() ? Duration.ZERO : wait;
    }

    private static @Nullable Instant httpDate(String text) {
        try {
            return ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    private RetryAfter() {}
}
