package dev.twotick.worker.deliver;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.worker.outbox.ChatMessage;
import dev.twotick.worker.outbox.Endpoint;
import dev.twotick.worker.outbox.Endpoint.Format;
import dev.twotick.worker.outbox.FinishedCall.Batch;
import dev.twotick.worker.outbox.OwedCall;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;

/// What one call carries: an event; of an endpoint that has batches one or more, each with its id.
///
/// ```json
/// {"type":"batch","timestamp":"…","data":[{"id":"…","type":"message.read","timestamp":"…","data":{…}}, …]}
/// ```
///
/// @param id the `webhook-id`: an event's own, or its batch's
record HookBody(UUID id, byte[] bytes) {
    private static final String ID = "\"id\":\"";
    /// What an event is longer by in a batch: its id, and a comma.
    private static final int ID_BYTES = ID.length() + 36 + 3;

    static HookBody of(Endpoint endpoint, List<OwedCall> calls, Instant now) {
        if (endpoint.limits().batch().isPresent()) {
            return new HookBody(Batch.of(endpoint, calls).id(), batch(calls, now));
        }
        OwedCall call = calls.getFirst();
        return new HookBody(
                call.eventId(), endpoint.format() == Format.CHAT ? ChatMessage.of(call.body()) : call.body());
    }

    static long bytesInBatch(OwedCall call) {
        return (long) call.body().length + ID_BYTES;
    }

    /// An event's body is an object, of which the id is made the first member.
    private static byte[] batch(List<OwedCall> calls, Instant now) {
        ByteArrayOutputStream body = new ByteArrayOutputStream(
                100 + (int) calls.stream().mapToLong(HookBody::bytesInBatch).sum());
        body.writeBytes(("{\"type\":\"batch\",\"timestamp\":\"" + now.truncatedTo(ChronoUnit.SECONDS) + "\",\"data\":[")
                .getBytes(UTF_8));
        String before = "{";
        for (OwedCall call : calls) {
            body.writeBytes((before + ID + call.eventId() + "\",").getBytes(UTF_8));
            body.write(call.body(), 1, call.body().length - 1);
            before = ",{";
        }
        body.writeBytes("]}".getBytes(UTF_8));
        return body.toByteArray();
    }
}
