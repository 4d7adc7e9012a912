package dev.twotick.worker.outbox;

import dev.twotick.db.HashedId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a developer's application is told of one fact.
///
/// @param type such as `message.received`
/// @param factKey the fact's key; with the type it makes the id, so the same fact always has the same one
/// @param accountId null: about the installation, which only endpoints of all accounts hear of
/// @param phoneNumberId that account's, which an endpoint may choose
/// @param occurredAt the body's `timestamp`
/// @param data the JSON text of the body's `data`
public record HookEvent(
        String type,
        String factKey,
        @Nullable Long accountId,
        @Nullable String phoneNumberId,
        Instant occurredAt,
        String data) {

    private static final Pattern TYPE = Pattern.compile("[a-z_]+(\\.[a-z_]+)+");

    public HookEvent {
        if (!TYPE.matcher(type).matches()) {
            throw new IllegalArgumentException("an event type is lower-case words with dots, and " + type + " is not");
        }
    }

    /// The `webhook-id`: the first 16 bytes of SHA-256 over type, a zero byte, fact key.
    public UUID id() {
        return HashedId.of(type, factKey);
    }

    /// The JSON that is signed and sent, byte for byte.
    public String body() {
        return "{\"type\":\"" + type + "\",\"timestamp\":\"" + occurredAt + "\",\"data\":" + data + "}";
    }

    /// [#body] in UTF-8.
    public byte[] bodyBytes() {
        return body().getBytes(StandardCharsets.UTF_8);
    }
}
