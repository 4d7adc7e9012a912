package dev.twotick.worker.replay;

import dev.twotick.db.payloadlog.LoggedPayload;
import dev.twotick.db.payloadlog.LoggedPayloads;
import dev.twotick.queue.QueuedPayload;
import java.util.List;
import java.util.UUID;

/// Payloads of the log as entries that go their way again, and ask for an outcome of their own. Ids that are in the log
/// no more are left out.
public record LoggedEntries(LoggedPayloads log) {

    /// Bodies over [QueuedPayload#MAX_INLINE_BODY] left out.
    public List<QueuedPayload> forStream(List<UUID> ids) {
        return entries(log.read(ids, QueuedPayload.MAX_INLINE_BODY));
    }

    /// The same, of those ids that have no outcome yet.
    public List<QueuedPayload> forStreamWithoutOutcome(List<UUID> ids) {
        return entries(log.readWithoutOutcome(ids, QueuedPayload.MAX_INLINE_BODY));
    }

    /// The same, with every body.
    List<QueuedPayload> whole(List<UUID> ids) {
        return entries(log.readWhole(ids));
    }

    private static List<QueuedPayload> entries(List<LoggedPayload> payloads) {
        return payloads.stream()
                .map(payload -> QueuedPayload.again(
                        payload.id(), payload.at(), payload.body(), payload.app(), payload.nextAttempt()))
                .toList();
    }
}
