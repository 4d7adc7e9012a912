package dev.twotick.queue;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.model.payload.SignedPayload;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One stream entry: a payload on its way from ingest to a worker. Fields that this version does not know are
/// ignored, so that a newer ingest may run beside an older worker.
///
/// @param id       the payload's id, also in the log
/// @param at       when ingest received it
/// @param body     the exact bytes, or null when they are longer than [#MAX_INLINE_BODY]: then only the
/// log has them
/// @param app      name of the app whose secret signed it, or null when the log alone knows
/// @param signature the 32 bytes of Meta's HMAC; only entries of [RedisKeys#toLog] carry it
/// @param attempt  the id (a UUIDv7) of the outcome that this delivery shall write, when someone waits for it; a replay
/// does
/// @param again    whether the payload went this way before (replay, requeue): then what Redis remembers of it is not
/// asked
/// @param suspect  whether workers died over it before: then it is tried alone, and given up again when one more does
public record QueuedPayload(
        PayloadId id,
        Instant at,
        byte @Nullable [] body,
        @Nullable String app,
        byte @Nullable [] signature,
        @Nullable UUID attempt,
        boolean again,
        boolean suspect) {

    /// A body longer than this (bytes) stays out of Redis; the worker reads it from the log.
    public static final int MAX_INLINE_BODY = 32 * 1024;

    /// A payload fresh from Meta, for a worker, who finds the rest in the log.
    public static QueuedPayload fresh(PayloadId id, Instant at, byte[] body, String app) {
        return new QueuedPayload(id, at, body.length <= MAX_INLINE_BODY ? body : null, app, null, null, false, false);
    }

    /// The same, from what was logged.
    public static QueuedPayload logged(SignedPayload payload) {
        return fresh(payload.id(), payload.at(), payload.body(), payload.app());
    }

    /// An entry that must hold everything, because no log row does.
    public static QueuedPayload unlogged(SignedPayload payload) {
        return new QueuedPayload(
                payload.id(), payload.at(), payload.body(), payload.app(), payload.signature(), null, false, false);
    }

    /// One that went this way before.
    ///
    /// @param attempt the id of the outcome that somebody waits for
    public static QueuedPayload again(PayloadId id, Instant at, byte @Nullable [] body, String app, UUID attempt) {
        return new QueuedPayload(id, at, body, app, null, attempt, true, false);
    }

    /// What [#unlogged] was made of.
    ///
    /// @throws IllegalArgumentException when it does not hold all that the log wants
    public SignedPayload signed() {
        if (body == null || signature == null || app == null) {
            throw new IllegalArgumentException("a payload to log needs body, signature and app");
        }
        return new SignedPayload(id, at, body, signature, app);
    }

    /// The same, now that the log has the signature.
    public QueuedPayload withoutSignature() {
        return new QueuedPayload(id, at, body, app, null, attempt, again, suspect);
    }

    /// The same, with its body in the log alone.
    public QueuedPayload withoutBody() {
        return new QueuedPayload(id, at, null, app, null, attempt, again, suspect);
    }

    /// The same, to be tried alone.
    public QueuedPayload asSuspect() {
        return new QueuedPayload(id, at, body, app, signature, attempt, again, true);
    }

    /// The entry's fields as XADD takes them.
    public Map<byte[], byte[]> toFields() {
        Map<byte[], byte[]> fields = new HashMap<>(); // Redis wants pairs, nobody looks up
        fields.put(Field.ID, ascii(id.toString()));
        fields.put(Field.AT, ascii(Long.toString(at.toEpochMilli())));
        if (body != null) {
            fields.put(Field.BODY, body);
        }
        if (app != null) {
            fields.put(Field.APP, app.getBytes(UTF_8));
        }
        if (signature != null) {
            fields.put(Field.SIGNATURE, signature);
        }
        if (attempt != null) {
            fields.put(Field.ATTEMPT, ascii(attempt.toString()));
        }
        if (again) {
            fields.put(Field.AGAIN, ascii("1"));
        }
        if (suspect) {
            fields.put(Field.SUSPECT, ascii("1"));
        }
        return fields;
    }

    /// Reads an entry.
    ///
    /// @throws IllegalArgumentException when it has no usable `id` or `at`: an entry of foreign shape
    public static QueuedPayload fromFields(Map<byte[], byte[]> fields) {
        Builder entry = new Builder();
        fields.forEach(entry::read);
        if (entry.id == null || entry.at == null) {
            throw new IllegalArgumentException("a stream entry needs the fields id and at");
        }
        return new QueuedPayload(
                entry.id, entry.at, entry.body, entry.app, entry.signature, entry.attempt, entry.again, entry.suspect);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    private static final class Field {
        static final byte[] ID = ascii("id");
        static final byte[] AT = ascii("at");
        static final byte[] BODY = ascii("body");
        static final byte[] APP = ascii("app");
        static final byte[] SIGNATURE = ascii("signature");
        static final byte[] ATTEMPT = ascii("attempt");
        static final byte[] AGAIN = ascii("again");
        static final byte[] SUSPECT = ascii("suspect");
    }

    private static final class Builder {
        private @Nullable PayloadId id;
        private @Nullable Instant at;
        private byte @Nullable [] body;
        private @Nullable String app;
        private byte @Nullable [] signature;
        private @Nullable UUID attempt;
        private boolean again;
        private boolean suspect;

        void read(byte[] name, byte[] value) {
            switch (new String(name, UTF_8)) {
                case "id" -> id = PayloadId.parse(new String(value, US_ASCII));
                case "at" -> at = Instant.ofEpochMilli(Long.parseLong(new String(value, US_ASCII)));
                case "body" -> body = value;
                case "app" -> app = new String(value, UTF_8);
                case "signature" -> signature = value;
                case "attempt" -> attempt = UUID.fromString(new String(value, US_ASCII));
                case "again" -> again = true;
                case "suspect" -> suspect = true;
                default -> {} // a newer version's
            }
        }
    }
}
