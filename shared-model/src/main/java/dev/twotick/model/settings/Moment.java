package dev.twotick.model.settings;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/// Points in time as people type them: `2026-11-21T10:15:00Z`, `2026-11-21` (UTC), `2h` (ago).
public final class Moment {

    /// @throws IllegalArgumentException with a sentence for the person who typed it
    public static Instant parse(String text, Instant now) {
        try {
            if (text.matches("\\d{1,6}[smhd]")) {
                return now.minus(SettingsReader.parseDuration(text));
            }
            return text.length() == 10
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : java.time.OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "a time is 2026-11-21T10:15:00Z, 2026-11-21, or how long ago, such as 2h; not " + text, e);
        }
    }

    private Moment() {}
}
