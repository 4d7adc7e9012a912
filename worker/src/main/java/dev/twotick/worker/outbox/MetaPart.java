package dev.twotick.worker.outbox;

import java.util.Locale;

/// What of a payload a call of the format `meta` holds. With the payload's field it is the event's type, by which
/// endpoints of that format choose among them: `meta.item.messages`. An endpoint is told of a payload by one of the
/// first three: what it wants of it decides which ([EndpointRows#chooseMetaParts]).
public enum MetaPart {
    /// All of it, byte for byte.
    PAYLOAD,
    /// Of a payload that has several fields, what is of one.
    FIELD,
    /// Of a payload about several accounts, what is about one of them, and of one field.
    ACCOUNT,
    /// One item.
    ITEM;

    /// Types that begin so are of this format, and of no other.
    static final String PREFIX = "meta.";

    /// Stands for the field of a payload that has several.
    public static final String SEVERAL = "several";

    /// Stands for one that has none, or is not named as Meta names fields; only who takes all fields is told.
    public static final String UNKNOWN = "unknown";

    /// @param field as Meta calls it
    public String type(String field) {
        return PREFIX + name().toLowerCase(Locale.ROOT) + '.' + (isField(field) ? field : UNKNOWN);
    }

    static boolean isField(String text) {
        return text.matches("[a-z_]{1,128}");
    }
}
