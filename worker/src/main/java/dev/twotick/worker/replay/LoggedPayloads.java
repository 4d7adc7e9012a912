package dev.twotick.worker.replay;

import static dev.twotick.db.schema.Tables.PAYLOAD_LOG;
import static dev.twotick.db.schema.Tables.PAYLOAD_OUTCOME;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.notExists;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.when;

import dev.twotick.model.queue.PayloadId;
import dev.twotick.model.queue.PayloadStreams;
import dev.twotick.model.queue.QueuedPayload;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;

/// Table `payload_log`, read to send payloads their way again.
public final class LoggedPayloads {
    /// Length of the body, which PostgreSQL knows without reading it.
    static final Field<Integer> BYTES = DSL.field("octet_length({0})", Integer.class, PAYLOAD_LOG.BODY);

    private static final Field<byte[]> INLINE_BODY = when(BYTES.le(PayloadStreams.MAX_INLINE_BODY), PAYLOAD_LOG.BODY);

    private final DSLContext db;
    private final InstantSource clock;

    public LoggedPayloads(DSLContext db, InstantSource clock) {
        this.db = db;
        this.clock = clock;
    }

    /// Ids without any outcome, in their order. A join of two indices, in the order of both.
    ///
    /// @param range within a day
    public List<UUID> withoutOutcome(IdRange range, int limit) {
        return db.select(PAYLOAD_LOG.ID)
                .from(PAYLOAD_LOG)
                .where(range.contains(PAYLOAD_LOG.ID))
                .and(hasNoOutcome(range))
                .orderBy(PAYLOAD_LOG.ID)
                .limit(limit)
                .fetch(PAYLOAD_LOG.ID);
    }

    public boolean anyWithoutOutcome(IdRange range) {
        return db.fetchExists(selectOne()
                .from(PAYLOAD_LOG)
                .where(range.contains(PAYLOAD_LOG.ID))
                .and(hasNoOutcome(range)));
    }

    /// As entries that ask for an outcome of their own, bodies over [PayloadStreams#MAX_INLINE_BODY] left out.
    ///
    /// @param ids those that are in the log no more are left out
    public List<QueuedPayload> forStream(List<UUID> ids) {
        return read(ids, INLINE_BODY, DSL.noCondition());
    }

    /// The same, of those ids that have no outcome yet.
    public List<QueuedPayload> forStreamWithoutOutcome(List<UUID> ids) {
        return ids.isEmpty() ? List.of() : read(ids, INLINE_BODY, hasNoOutcome(rangeOf(ids)));
    }

    /// The same, with every body.
    public List<QueuedPayload> whole(List<UUID> ids) {
        return read(ids, PAYLOAD_LOG.BODY, DSL.noCondition());
    }

    public Optional<UUID> first() {
        return db.select(PAYLOAD_LOG.ID)
                .from(PAYLOAD_LOG)
                .orderBy(PAYLOAD_LOG.ID)
                .limit(1)
                .fetchOptional(PAYLOAD_LOG.ID);
    }

    public Optional<UUID> last() {
        return db.select(PAYLOAD_LOG.ID)
                .from(PAYLOAD_LOG)
                .orderBy(PAYLOAD_LOG.ID.desc())
                .limit(1)
                .fetchOptional(PAYLOAD_LOG.ID);
    }

    private List<QueuedPayload> read(List<UUID> ids, Field<byte[]> body, Condition condition) {
        if (ids.isEmpty()) {
            return List.of();
        }
        return db.select(PAYLOAD_LOG.ID, PAYLOAD_LOG.RECEIVED_AT, PAYLOAD_LOG.APP, body)
                .from(PAYLOAD_LOG)
                .where(PAYLOAD_LOG.ID.eq(DSL.any(ids.toArray(UUID[]::new))))
                .and(rangeOf(ids).contains(PAYLOAD_LOG.ID))
                .and(condition)
                .orderBy(PAYLOAD_LOG.ID)
                .fetch(row -> new QueuedPayload(
                        new PayloadId(row.value1()), row.value2(), row.value4(), row.value3(), null, attempt(), true));
    }

    private UUID attempt() {
        return PayloadId.at(clock.instant()).value();
    }

    private static IdRange rangeOf(List<UUID> ids) {
        List<PayloadId> sorted = ids.stream().map(PayloadId::new).sorted().toList();
        return new IdRange(
                sorted.getFirst().value(), IdRange.after(sorted.getLast().value()));
    }

    private static Condition hasNoOutcome(IdRange range) {
        return notExists(DSL.select(inline(1))
                .from(PAYLOAD_OUTCOME)
                .where(PAYLOAD_OUTCOME.PAYLOAD_ID.eq(PAYLOAD_LOG.ID))
                .and(range.contains(PAYLOAD_OUTCOME.PAYLOAD_ID)));
    }
}
