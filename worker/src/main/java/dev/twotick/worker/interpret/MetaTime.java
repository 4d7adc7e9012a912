package dev.twotick.worker.interpret;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Meta's times: unix seconds, as a string of digits or as a number. Milliseconds are understood too, for the two
/// ranges do not meet.
final class MetaTime {

    /// WhatsApp is from 2009: what claims to be older is not believed.
    private static final long FIRST_SECOND =
            Instant.parse("2009-01-01T00:00:00Z").getEpochSecond();

    private static final long LAST_SECOND =
            Instant.parse("2100-01-01T00:00:00Z").getEpochSecond();
    private static final int MAX_DIGITS = 13;

    private MetaTime() {}

    /// The time, or null where there is none that can be believed.
    static @Nullable Instant of(@Nullable Json value) {
        return switch (value) {
            case Json.Str string -> of(string.value());
            case Json.Num number when number.end() - number.start() <= MAX_DIGITS -> of(number.text());
            case null, default -> null;
        };
    }

    /// Whether somebody who writes a time otherwise can mean it.
    static boolean isBelieved(Instant at) {
        return at.getEpochSecond() >= FIRST_SECOND && at.getEpochSecond() < LAST_SECOND;
    }

    private static @Nullable Instant of(String text) {
        if (text.length() > MAX_DIGITS || !Identifiers.isDigits(text)) {
            return null;
        }
        long number = Long.parseLong(text);
        if (number >= FIRST_SECOND && number < LAST_SECOND) {
            return Instant.ofEpochSecond(number);
        }
        boolean millis = number >= FIRST_SECOND * 1000 && number < LAST_SECOND * 1000;
        return millis ? Instant.ofEpochMilli(number) : null;
    }
}
