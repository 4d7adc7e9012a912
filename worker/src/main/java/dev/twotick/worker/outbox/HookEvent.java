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
/// @param content what is sent
/// @param line which events an ordered endpoint is told one after the other; null: it is told of this one at any time
public record HookEvent(
        String type,
        String factKey,
        @Nullable Long accountId,
        @Nullable String phoneNumberId,
        Content content,
        @Nullable Long line) {

    /// What the body is made of.
    public sealed interface Content {
        /// @param occurredAt the body's `timestamp`
        /// @param data the JSON text of the body's `data`
        record Told(Instant occurredAt, String data) implements Content {}

        /// A payload in Meta's own form.
        ///
        /// @param app whose secret signs it
        record Payload(byte[] body, String app) implements Content {}
    }

    private static final Pattern TYPE = Pattern.compile("[a-z_]+(\\.[a-z_]+)+");

    public HookEvent {
        if (!TYPE.matcher(type).matches()) {
            throw new IllegalArgumentException("an event type is lower-case words with dots, and " + type + " is not");
        }
    }

    /// In no line.
    public HookEvent(
            String type, String factKey, @Nullable Long accountId, @Nullable String phoneNumberId, Content content) {
        this(type, factKey, accountId, phoneNumberId, content, null);
    }

    /// What Twotick tells in words of its own.
    public HookEvent(
            String type,
            String factKey,
            @Nullable Long accountId,
            @Nullable String phoneNumberId,
            Instant occurredAt,
            String data) {
        this(type, factKey, accountId, phoneNumberId, new Content.Told(occurredAt, data));
    }

    /// About a conversation, or about a message that is in none.
    ///
    /// @param message its `message.id`
    public HookEvent inLineOf(@Nullable Long conversation, long message) {
        return new HookEvent(
                type,
                factKey,
                accountId,
                phoneNumberId,
                content,
                conversation == null ? (Long) (-message) : conversation);
    }

    /// The `webhook-id`: the first 16 bytes of SHA-256 over type, a zero byte, fact key.
    public UUID id() {
        return HashedId.of(type, factKey);
    }

    /// The JSON that is signed and sent, byte for byte.
    public String body() {
        return new String(bodyBytes(), StandardCharsets.UTF_8);
    }

    /// [#body] in UTF-8.
    public byte[] bodyBytes() {
        return switch (content) {
            case Content.Told(Instant occurredAt, String data) ->
                ("{\"type\":\"" + type + "\",\"timestamp\":\"" + occurredAt + "\",\"data\":" + data + "}")
                        .getBytes(StandardCharsets.UTF_8);
            case Content.Payload(byte[] body, String _) -> body;
        };
    }

    /// The app as which it is signed too; null for what is not Meta's.
    @Nullable
    String app() {
        return switch (content) {
            case Content.Told _ -> null;
            case Content.Payload(byte[] _, String app) -> app;
        };
    }
}
