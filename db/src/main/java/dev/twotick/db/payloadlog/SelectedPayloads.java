package dev.twotick.db.payloadlog;

import static dev.twotick.db.schema.Tables.PAYLOAD_LOG;
import static dev.twotick.db.schema.Tables.PAYLOAD_OUTCOME;
import static org.jooq.impl.DSL.select;

import dev.twotick.model.payload.PayloadId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.SelectJoinStep;
import org.jooq.SelectSelectStep;
import org.jooq.Table;
import org.jooq.impl.DSL;

/// Walks the selected log rows in the order of their ids, a page of rows at a time, whether or not the page holds any
/// that are selected: so every statement is short, however rare they are.
public final class SelectedPayloads {
    private static final int PAGE = 5_000;

    private final DSLContext db;
    private final PayloadSelection selection;
    private final UUID end;
    private UUID from;

    /// The log's end is taken now: payloads that arrive during the walk are not part of it.
    public SelectedPayloads(DSLContext db, LoggedPayloads log, PayloadSelection selection) {
        this.db = db;
        this.selection = selection;
        this.from = selection.since().map(PayloadId::floor).orElse(IdRange.LEAST);
        UUID last = log.last().map(IdRange::after).orElse(IdRange.LEAST);
        UUID until = selection.until().map(PayloadId::floor).orElse(IdRange.GREATEST);
        this.end = IdRange.less(until, last) ? until : last;
    }

    /// @param bytes of the body
    public record Selected(UUID id, int bytes) {}

    /// @return the selected rows of the next page, perhaps none; nothing: the walk is over
    public Optional<List<Selected>> nextPage() {
        if (!IdRange.less(from, end)) {
            return Optional.empty();
        }
        IdRange page = page();
        List<Selected> selected = rows(db.select(PAYLOAD_LOG.ID, LoggedPayloads.BYTES), page)
                .where(conditions(page))
                .orderBy(PAYLOAD_LOG.ID)
                .fetch(row -> new Selected(row.value1(), row.value2()));
        from = page.to();
        return Optional.of(selected);
    }

    /// How many there are in all. Walks to the end.
    public long count() {
        long count = 0;
        while (IdRange.less(from, end)) {
            IdRange page = page();
            Integer selected = rows(db.select(DSL.count()), page)
                    .where(conditions(page))
                    .fetchSingle()
                    .value1();
            count += selected;
            from = page.to();
        }
        return count;
    }

    private IdRange page() {
        IdRange rest = new IdRange(from, end);
        if (!selection.ids().isEmpty()) {
            return rest; // the primary key leads to them
        }
        UUID next = db.select(PAYLOAD_LOG.ID)
                .from(PAYLOAD_LOG)
                .where(rest.contains(PAYLOAD_LOG.ID))
                .orderBy(PAYLOAD_LOG.ID)
                .limit(1)
                .offset(PAGE)
                .fetchOne(PAYLOAD_LOG.ID);
        return next == null ? rest : new IdRange(from, next);
    }

    private <R extends Record> SelectJoinStep<R> rows(SelectSelectStep<R> select, IdRange page) {
        SelectJoinStep<R> rows = select.from(PAYLOAD_LOG);
        return selection.asksForOutcome() ? rows.crossJoin(DSL.lateral(lastOutcome(page))) : rows;
    }

    private static Table<?> lastOutcome(IdRange page) {
        return select(PAYLOAD_OUTCOME.STATE, PAYLOAD_OUTCOME.ACCOUNTS)
                .from(PAYLOAD_OUTCOME)
                .where(PAYLOAD_OUTCOME.PAYLOAD_ID.eq(PAYLOAD_LOG.ID))
                .and(page.contains(PAYLOAD_OUTCOME.PAYLOAD_ID))
                .orderBy(PAYLOAD_OUTCOME.ATTEMPT.desc())
                .limit(1)
                .asTable("last_outcome");
    }

    private Condition conditions(IdRange page) {
        Condition condition = page.contains(PAYLOAD_LOG.ID);
        if (!selection.ids().isEmpty()) {
            UUID[] ids = selection.ids().stream().map(PayloadId::value).toArray(UUID[]::new);
            condition = condition.and(PAYLOAD_LOG.ID.eq(DSL.any(ids)));
        }
        if (selection.failed()) {
            condition = condition.and(
                    DSL.field(DSL.name("last_outcome", "state"), String.class).eq("failed"));
        }
        if (!selection.accounts().isEmpty()) {
            String[] accounts = selection.accounts().toArray(String[]::new);
            condition = condition.and(DSL.arrayOverlap(
                    DSL.field(DSL.name("last_outcome", "accounts"), PAYLOAD_OUTCOME.ACCOUNTS.getDataType()),
                    DSL.val(accounts, PAYLOAD_OUTCOME.ACCOUNTS.getDataType())));
        }
        return condition;
    }
}
