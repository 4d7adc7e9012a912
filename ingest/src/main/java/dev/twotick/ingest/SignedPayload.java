package dev.twotick.ingest;

import dev.twotick.model.queue.PayloadId;
import dev.twotick.model.queue.QueuedPayload;
import java.time.Instant;

/// A post that Meta signed: what the log keeps of it.
///
/// @param body      the exact bytes
/// @param signature the 32 bytes of the header
/// @param app       whose secret matched
record SignedPayload(PayloadId id, Instant at, byte[] body, byte[] signature, String app) {

    static SignedPayload received(Instant at, byte[] body, byte[] signature, String app) {
        return new SignedPayload(PayloadId.at(at), at, body, signature, app);
    }

    /// As an entry for a worker, who finds the rest in the log.
    QueuedPayload logged() {
        return QueuedPayload.fresh(id, at, body, app);
    }

    /// As an entry that must hold everything, because no log row does.
    QueuedPayload unlogged() {
        return new QueuedPayload(id, at, body, app, signature, null, false, false);
    }
}
