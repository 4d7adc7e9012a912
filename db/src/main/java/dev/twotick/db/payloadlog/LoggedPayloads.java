package dev.twotick.db.payloadlog;

import static dev.twotick.db.schema.Tables.PAYLOAD_LOG;
import static dev.twotick.db.schema.Tables.PAYLOAD_OUTCOME;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.notExists;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.when;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.model.payload.UuidV7;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// Table `payload_log`, read: which payloads there are, and what is in them. Whoever asks by ids names
/// their range, too, so that PostgreSQL opens only the days that can hold them. [PayloadLogRows] writes it.
public final class LoggedPayloads {
    /// Length of the body, which PostgreSQL knows without reading it.
    static final Field<Integer> BYTES = DSL.field("octet_length({0})", Integer.class, PAYLOAD_LOG.BODY);

    private static final Field<Instant> NOW = DSL.field("clock_timestamp()", SQLDataType.INSTANT);

    private final DSLContext db;

    public LoggedPayloads(DSLContext db) {
        this.db = db;
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

    /// In the order of their ids; those that are in the log no more are left out.
    ///
    /// @param longestBody in bytes; a longer one stays where it is
    public List<LoggedPayload> read(List<UUID> ids, int longestBody) {
        return read(ids, upTo(longestBody), DSL.noCondition());
    }

    /// The same, of those ids that have no outcome yet.
    public List<LoggedPayload> readWithoutOutcome(List<UUID> ids, int longestBody) {
        return ids.isEmpty() ? List.of() : read(ids, upTo(longestBody), hasNoOutcome(rangeOf(ids)));
    }

    /// The same, with every body.
    public List<LoggedPayload> readWhole(List<UUID> ids) {
        return read(ids, PAYLOAD_LOG.BODY, DSL.noCondition());
    }

    public record Content(byte[] body, String app) {}

    /// @return by payload id, without those that the log lacks
    public Map<UUID, Content> contents(List<UUID> ids) {
        return ids.isEmpty()
                ? Map.of()
                : db.select(PAYLOAD_LOG.ID, PAYLOAD_LOG.BODY, PAYLOAD_LOG.APP)
                        .from(PAYLOAD_LOG)
                        .where(isOneOf(ids))
                        .fetchMap(PAYLOAD_LOG.ID, row -> new Content(row.value2(), row.value3()));
    }

    /// @throws org.jooq.exception.DataAccessException when the database does not
    public void databaseAnswers() {
        db.selectOne().fetch();
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

    private static Field<byte[]> upTo(int longestBody) {
        return when(BYTES.le(longestBody), PAYLOAD_LOG.BODY);
    }

    private static Condition isOneOf(List<UUID> ids) {
        return rangeOf(ids).contains(PAYLOAD_LOG.ID).and(PAYLOAD_LOG.ID.eq(DSL.any(ids.toArray(UUID[]::new))));
    }

    private List<LoggedPayload> read(List<UUID> ids, Field<byte[]> body, Condition condition) {
        if (ids.isEmpty()) {
            return List.of();
        }
        Field<UUID> last = lastAttempt(rangeOf(ids));
        return db.select(PAYLOAD_LOG.ID, PAYLOAD_LOG.RECEIVED_AT, PAYLOAD_LOG.APP, body, last, NOW)
                .from(PAYLOAD_LOG)
                .where(isOneOf(ids))
                .and(condition)
                .orderBy(PAYLOAD_LOG.ID)
                .fetch(row -> new LoggedPayload(
                        new PayloadId(row.value1()),
                        row.value2(),
                        row.value4(),
                        row.value3(),
                        nextAttempt(row.value6(), row.value5())));
    }

    /// Of a payload's outcomes the greatest attempt counts, so it is one after all that there are: they were made by
    /// other clocks, or before this one was put back.
    private static UUID nextAttempt(Instant now, @Nullable UUID last) {
        Instant afterLast = last == null ? now : UuidV7.timeOf(last).plusMillis(1);
        return UuidV7.at(afterLast.isAfter(now) ? afterLast : now);
    }

    private static Field<UUID> lastAttempt(IdRange range) {
        return DSL.field(DSL.select(PAYLOAD_OUTCOME.ATTEMPT)
                .from(PAYLOAD_OUTCOME)
                .where(PAYLOAD_OUTCOME.PAYLOAD_ID.eq(PAYLOAD_LOG.ID))
                .and(range.contains(PAYLOAD_OUTCOME.PAYLOAD_ID))
                .orderBy(PAYLOAD_OUTCOME.ATTEMPT.desc())
                .limit(1));
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
