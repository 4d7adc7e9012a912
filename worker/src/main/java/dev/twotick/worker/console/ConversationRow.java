package dev.twotick.worker.console;

import java.time.Instant;
import java.util.UUID;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// A conversation in a list, with its latest message.
///
/// @param latest its id: where the list goes on after this conversation; null: it has none, only a call
/// @param account its number, as people write it where that is known
/// @param contactId null: it is a group's
/// @param windowExpiresAt until then a business may answer freely; null: not any more
/// @param inbound of the latest message
record ConversationRow(
        long id,
        @Nullable Long latest,
        String phoneNumberId,
        String account,
        @Nullable UUID contactId,
        @Nullable String groupId,
        String title,
        int unread,
        @Nullable Instant windowExpiresAt,
        String snippet,
        boolean inbound,
        String status,
        @Nullable Instant at) {

    private static final int SNIPPET = 90;

    static ConversationRow of(Record row) {
        String type = row.get("type", String.class);
        String body = row.get("body", String.class);
        boolean revoked = row.get("revoked_at", Instant.class) != null;
        return new ConversationRow(
                row.get("id", Long.class),
                row.get("latest", Long.class),
                row.get("phone_number_id", String.class),
                row.get("account", String.class),
                row.get("contact_id", UUID.class),
                row.get("group_id", String.class),
                row.get("title", String.class),
                row.get("unread_count", Integer.class),
                row.get("window_expires_at", Instant.class),
                revoked ? "deleted by its sender" : snippet(type, body),
                "inbound".equals(row.get("direction", String.class)),
                row.get("status", String.class) == null ? "" : row.get("status", String.class),
                row.get("occurred_at", Instant.class));
    }

    private static String snippet(@Nullable String type, @Nullable String body) {
        if (body == null || body.isBlank()) {
            return type == null ? "" : type;
        }
        String line = body.lines().findFirst().orElse("");
        return line.codePointCount(0, line.length()) <= SNIPPET
                ? line
                : line.substring(0, line.offsetByCodePoints(0, SNIPPET)) + "…";
    }
}
