package dev.twotick.worker.console;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// A message of a conversation for programs, in the words of events. Of one that was deleted the text, media and
/// place are not told.
///
/// @param id `id` of events
/// @param kind content, or system: what happened to the conversation
/// @param direction inbound or outbound; null: nobody has told of it yet
/// @param status the furthest so far
/// @param occurredAt Meta's time; null: nobody has told of it yet
/// @param receivedAt when it was received live; up to when a conversation is read is said in these times
/// @param failedAt null once it was delivered
/// @param editedAt when the text or the media that is here came
/// @param payloadId which told of it
record MessageRow(
        UUID id,
        String wamid,
        String kind,
        @Nullable String direction,
        @Nullable String fromWaId,
        @Nullable String fromUserId,
        @Nullable String groupId,
        @Nullable String type,
        @Nullable String text,
        @Nullable Media media,
        @Nullable Location location,
        @Nullable String replyToWamid,
        boolean forwarded,
        String status,
        @Nullable Integer errorCode,
        @Nullable Instant occurredAt,
        @Nullable Instant receivedAt,
        @Nullable Instant sentAt,
        @Nullable Instant deliveredAt,
        @Nullable Instant readAt,
        @Nullable Instant playedAt,
        @Nullable Instant failedAt,
        @Nullable Instant editedAt,
        @Nullable Instant revokedAt,
        List<Reaction> reactions,
        @Nullable UUID payloadId) {

    MessageRow {
        reactions = List.copyOf(reactions);
    }

    /// @param id by which Meta gives it, for some days
    /// @param state what became of fetching it: see docs/media.md; null: nobody does
    /// @param location where it is kept
    record Media(
            String id,
            @Nullable String mimeType,
            @Nullable String sha256,
            @Nullable String filename,
            boolean voice,
            @Nullable String state,
            @Nullable String location) {}

    record Location(
            double latitude,
            double longitude,
            @Nullable String name,
            @Nullable String address) {}

    /// @param times how many people say so
    record Reaction(String emoji, int times) {}

    static MessageRow of(Record row, Map<String, Integer> reactions) {
        boolean isThere = row.get("revoked_at", Instant.class) == null;
        return new MessageRow(
                row.get("key", UUID.class),
                row.get("wamid", String.class),
                row.get("kind", String.class),
                row.get("direction", String.class),
                row.get("from_wa_id", String.class),
                row.get("from_user_id", String.class),
                row.get("group_id", String.class),
                row.get("type", String.class),
                isThere ? row.get("body", String.class) : null,
                isThere ? media(row) : null,
                isThere ? location(row) : null,
                row.get("reply_to_wamid", String.class),
                Boolean.TRUE.equals(row.get("forwarded", Boolean.class)),
                row.get("status", String.class),
                row.get("error_code", Integer.class),
                row.get("occurred_at", Instant.class),
                row.get("live_at", Instant.class),
                row.get("sent_at", Instant.class),
                row.get("delivered_at", Instant.class),
                row.get("read_at", Instant.class),
                row.get("played_at", Instant.class),
                row.get("failed_at", Instant.class),
                row.get("edited_at", Instant.class),
                row.get("revoked_at", Instant.class),
                reactions.entrySet().stream()
                        .map(one -> new Reaction(one.getKey(), one.getValue()))
                        .toList(),
                row.get("payload_id", UUID.class));
    }

    private static @Nullable Media media(Record row) {
        String id = row.get("media_id", String.class);
        return id == null
                ? null
                : new Media(
                        id,
                        row.get("media_mime_type", String.class),
                        row.get("media_sha256", String.class),
                        row.get("media_filename", String.class),
                        Boolean.TRUE.equals(row.get("voice", Boolean.class)),
                        row.get("media_state", String.class),
                        row.get("media_location", String.class));
    }

    private static @Nullable Location location(Record row) {
        Double latitude = row.get("latitude", Double.class);
        Double longitude = row.get("longitude", Double.class);
        return latitude == null || longitude == null
                ? null
                : new Location(
                        latitude,
                        longitude,
                        row.get("location_name", String.class),
                        row.get("location_address", String.class));
    }
}
