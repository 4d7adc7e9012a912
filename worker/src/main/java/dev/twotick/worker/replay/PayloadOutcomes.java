package dev.twotick.worker.replay;

import static dev.twotick.db.schema.Tables.PAYLOAD_OUTCOME;

import dev.twotick.db.Unnest;
import dev.twotick.db.payloadlog.IdRange;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.QueuedPayload;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;

/// Table `payload_outcome`, read to learn what became of the deliveries that somebody waits for.
final class PayloadOutcomes {
    private final DSLContext db;

    PayloadOutcomes(DSLContext db) {
        this.db = db;
    }

    /// What became of one delivery.
    enum Outcome {
        /// something in it was new
        APPLIED,
        /// everything in it was known
        DUPLICATE,
        FAILED
    }

    record Finished(UUID payloadId, UUID attempt, Outcome outcome) {}

    /// The outcomes that are there of those that these payloads ask for.
    List<Finished> of(Collection<QueuedPayload> awaited) {
        if (awaited.isEmpty()) {
            return List.of();
        }
        List<PayloadId> ids = awaited.stream().map(QueuedPayload::id).sorted().toList();
        IdRange range =
                new IdRange(ids.getFirst().value(), IdRange.after(ids.getLast().value()));
        Unnest<QueuedPayload> n = Unnest.of(awaited)
                .with(PAYLOAD_OUTCOME.PAYLOAD_ID, payload -> payload.id().value())
                .with(PAYLOAD_OUTCOME.ATTEMPT, QueuedPayload::attempt);
        return db.select(
                        PAYLOAD_OUTCOME.PAYLOAD_ID,
                        PAYLOAD_OUTCOME.ATTEMPT,
                        PAYLOAD_OUTCOME.STATE,
                        PAYLOAD_OUTCOME.EVENTS,
                        PAYLOAD_OUTCOME.DUPLICATES)
                .from(n.table())
                .join(PAYLOAD_OUTCOME)
                .on(PAYLOAD_OUTCOME.PAYLOAD_ID.eq(n.get(PAYLOAD_OUTCOME.PAYLOAD_ID)))
                .and(PAYLOAD_OUTCOME.ATTEMPT.eq(n.get(PAYLOAD_OUTCOME.ATTEMPT)))
                .where(range.contains(PAYLOAD_OUTCOME.PAYLOAD_ID))
                .fetch(row ->
                        new Finished(row.value1(), row.value2(), outcome(row.value3(), row.value4() - row.value5())));
    }

    private static Outcome outcome(String state, int fresh) {
        if (state.equals("failed")) {
            return Outcome.FAILED;
        }
        return fresh > 0 ? Outcome.APPLIED : Outcome.DUPLICATE;
    }
}
