package dev.twotick.worker.console;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// A message as people know it.
///
/// @param kind content, or system: what happened to the conversation
/// @param sender in a group, who wrote it
/// @param origin where it was written, if not here: the phone's app, a history, another's turn
/// @param at Meta's time; null: nobody has told of it yet
/// @param liveAt when it was received
/// @param media what a message holds that is not text; null: nothing
/// @param reactions each with how often
record Bubble(
        long id,
        String kind,
        boolean inbound,
        @Nullable String sender,
        String type,
        @Nullable String body,
        @Nullable Media media,
        @Nullable Quote quote,
        boolean forwarded,
        String origin,
        @Nullable Instant at,
        @Nullable Instant liveAt,
        String status,
        @Nullable Integer errorCode,
        boolean edited,
        boolean revoked,
        Map<String, Integer> reactions,
        @Nullable UUID payloadId) {

    /// @param words what it is
    /// @param detail a file's name, a place
    /// @param kept what became of keeping the file; null: nobody does
    record Media(
            String words, @Nullable String detail, @Nullable String kept) {}

    /// What is answered.
    ///
    /// @param id null: that message is not known here
    record Quote(@Nullable Long id, String text) {}

    private static final Map<String, String> MEDIA = Map.of(
            "image", "Picture",
            "video", "Video",
            "audio", "Audio",
            "voice", "Voice message",
            "document", "Document",
            "sticker", "Sticker",
            "location", "Location",
            "contacts", "Contact card",
            "order", "Order");

    static @Nullable Media media(Record row) {
        String type = row.get("type", String.class);
        String latitude = row.get("latitude", String.class);
        if (latitude != null) {
            String place = row.get("location_name", String.class);
            String address = row.get("location_address", String.class);
            String where = latitude + ", " + row.get("longitude", String.class);
            return new Media(
                    "Location", place == null ? where : address == null ? place : place + ", " + address, null);
        }
        if (Boolean.TRUE.equals(row.get("voice", Boolean.class))) {
            return new Media("Voice message", null, kept(row));
        }
        String words = type == null ? null : MEDIA.get(type);
        String file = row.get("media_filename", String.class);
        String detail = file == null ? row.get("media_mime_type", String.class) : file;
        return words == null ? null : new Media(words, detail, kept(row));
    }

    private static @Nullable String kept(Record row) {
        return switch (row.get("media_state", String.class)) {
            case "waiting" -> "not fetched yet";
            case "fetched" -> "kept";
            case "gone" -> "Meta has it no more";
            case "failed" -> "could not be fetched";
            case null, default -> null;
        };
    }

    /// How many ticks it has, for whoever sees them.
    String ticks() {
        return switch (status) {
            case "sent" -> "✓";
            case "delivered", "read", "played" -> "✓✓";
            case "failed" -> "!";
            default -> "·";
        };
    }

    /// A text that stands for one that is not there.
    String placeholder() {
        return type.isEmpty() ? "nothing is known of its content yet" : type.toLowerCase(Locale.ROOT);
    }

    /// Whether another day begins with it; in UTC, until the page's script asks the reader's clock.
    boolean beginsDay(@Nullable Bubble before) {
        return at != null && (before == null || before.at == null || !day(at).equals(day(before.at)));
    }

    private static LocalDate day(Instant at) {
        return LocalDate.ofInstant(at, ZoneOffset.UTC);
    }

    /// With which before it, as a template has no index of its own.
    record Placed(Bubble bubble, boolean beginsDay) {
        static List<Placed> all(List<Bubble> bubbles) {
            return IntStream.range(0, bubbles.size())
                    .mapToObj(n ->
                            new Placed(bubbles.get(n), bubbles.get(n).beginsDay(n == 0 ? null : bubbles.get(n - 1))))
                    .toList();
        }
    }
}
