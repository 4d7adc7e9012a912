package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static dev.twotick.db.schema.Tables.HOOK_RESEND;
import static org.jooq.impl.DSL.cast;
import static org.jooq.impl.DSL.castNull;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.val;

import dev.twotick.worker.outbox.Resend.Only;
import dev.twotick.worker.outbox.Resend.Selection;
import dev.twotick.worker.outbox.ResendChunk.Looked;
import dev.twotick.worker.outbox.ResendScope.Position;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.QueryPart;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jooq.impl.SQLDataType;

/// The table `hook_resend`.
final class ResendRows {

    // One for each endpoint. What is raised from now on is owed anyway.
    private static final String SCOPES = """
            select p.id as endpoint_id, {1} as type, {2} as event_ids, {3} as accounts, {4} as conversation_id,
                {5} as outcome, greatest({6}, coalesce((select min(raised_at) from hook_page), now())) as raised_from,
                least({7}, now()) as raised_before
            from hook_endpoint p where p.active and ({0} is null or p.name = {0} or p.id::text = lower({0}))
            order by p.name
            """;

    private static final String BEGIN = """
            with scope as ({SCOPES})
            insert into hook_resend (endpoint_id, type, event_ids, accounts, conversation_id, outcome,
                raised_from, raised_before, rate, raised_at)
            select s.*, {8}, s.raised_from from scope s
            returning id
            """.replace("{SCOPES}", SCOPES);

    // Late steps are made up for, as far as a second's.
    private static final Field<Instant> RATE_USED_UNTIL =
            field("greatest({0}, now() - interval '1 second')", SQLDataType.INSTANT, HOOK_RESEND.RATE_USED_UNTIL);

    /// One that is carried on at this moment.
    ///
    /// @param rateIsUsed no call may be owed yet
    record Taken(long id, ResendScope scope, Position after, OptionalInt rate, boolean rateIsUsed) {}

    /// @return the ids of one for each active endpoint that is meant
    static List<Long> begin(DSLContext db, Selection selection, OptionalInt rate) {
        List<QueryPart> parts = new ArrayList<>(parts(selection));
        parts.add(val(rate.isPresent() ? (Integer) rate.getAsInt() : null, SQLDataType.INTEGER));
        return db.resultQuery(BEGIN, parts.toArray(QueryPart[]::new)).fetch(0, Long.class);
    }

    /// What [#begin] would make.
    static List<ResendScope> scopes(DSLContext db, Selection selection) {
        return db.resultQuery(SCOPES, parts(selection).toArray(QueryPart[]::new))
                .coerce(
                        HOOK_RESEND.ENDPOINT_ID,
                        HOOK_RESEND.TYPE,
                        HOOK_RESEND.EVENT_IDS,
                        HOOK_RESEND.ACCOUNTS,
                        HOOK_RESEND.CONVERSATION_ID,
                        HOOK_RESEND.OUTCOME,
                        HOOK_RESEND.RAISED_FROM,
                        HOOK_RESEND.RAISED_BEFORE)
                .fetch(ResendRows::scope);
    }

    private static List<QueryPart> parts(Selection selection) {
        return List.of(
                val(selection.endpoint().orElse(null), SQLDataType.CLOB),
                cast(val(selection.type()), SQLDataType.CLOB),
                cast(val(selection.ids().toArray(UUID[]::new)), SQLDataType.UUID.array()),
                cast(val(selection.accounts().toArray(String[]::new)), SQLDataType.CLOB.array()),
                cast(val(selection.conversation().orElse(null), SQLDataType.BIGINT), SQLDataType.BIGINT),
                cast(val(selection.only().word()), SQLDataType.CLOB),
                val(selection.since().orElse(Instant.EPOCH), SQLDataType.INSTANT),
                val(selection.until().orElse(null), SQLDataType.INSTANT));
    }

    static List<Long> running(DSLContext db) {
        return db.select(HOOK_RESEND.ID)
                .from(HOOK_RESEND)
                .where(HOOK_RESEND.STATE.eq("running"))
                .orderBy(HOOK_RESEND.ID)
                .fetch(HOOK_RESEND.ID);
    }

    /// Locks it until the transaction ends.
    ///
    /// @return nothing when it does not run, and while another carries it on
    static Optional<Taken> take(DSLContext tx, long id) {
        Field<Boolean> rateIsUsed = field("rate_used_until > now()", SQLDataType.BOOLEAN);
        return tx.select(HOOK_RESEND.fields())
                .select(rateIsUsed.as("rate_is_used"))
                .from(HOOK_RESEND)
                .where(HOOK_RESEND.ID.eq(id).and(HOOK_RESEND.STATE.eq("running")))
                .forUpdate()
                .skipLocked()
                .fetchOptional(ResendRows::taken);
    }

    private static Taken taken(Record row) {
        Integer rate = row.get(HOOK_RESEND.RATE);
        return new Taken(
                row.get(HOOK_RESEND.ID),
                scope(row),
                new Position(row.get(HOOK_RESEND.RAISED_AT), row.get(HOOK_RESEND.PAGE), row.get(HOOK_RESEND.PLACE)),
                rate == null ? OptionalInt.empty() : OptionalInt.of(rate),
                row.get("rate_is_used", Boolean.class));
    }

    private static ResendScope scope(Record row) {
        return new ResendScope(
                row.get(HOOK_RESEND.ENDPOINT_ID),
                row.get(HOOK_RESEND.TYPE),
                Set.copyOf(Arrays.asList(row.get(HOOK_RESEND.EVENT_IDS))),
                Set.copyOf(Arrays.asList(row.get(HOOK_RESEND.ACCOUNTS))),
                Optional.ofNullable(row.get(HOOK_RESEND.CONVERSATION_ID)),
                Only.of(row.get(HOOK_RESEND.OUTCOME)),
                row.get(HOOK_RESEND.RAISED_FROM),
                row.get(HOOK_RESEND.RAISED_BEFORE));
    }

    /// Where the next step begins.
    static void moved(DSLContext tx, Taken taken, Looked looked) {
        Position at = looked.last().orElse(taken.after());
        tx.update(HOOK_RESEND)
                .set(HOOK_RESEND.RAISED_AT, at.raisedAt())
                .set(HOOK_RESEND.PAGE, at.page())
                .set(HOOK_RESEND.PLACE, at.place())
                .set(HOOK_RESEND.EVENTS, HOOK_RESEND.EVENTS.plus(looked.events()))
                .set(HOOK_RESEND.CALLS, HOOK_RESEND.CALLS.plus(looked.calls()))
                .set(HOOK_RESEND.OWED, HOOK_RESEND.OWED.plus(looked.owed()))
                .set(HOOK_RESEND.RATE_USED_UNTIL, rateUsedUntil(taken, looked))
                .set(HOOK_RESEND.MOVED_AT, now())
                .where(HOOK_RESEND.ID.eq(taken.id()))
                .execute();
    }

    private static Field<Instant> rateUsedUntil(Taken taken, Looked looked) {
        return taken.rate().isEmpty()
                ? HOOK_RESEND.RATE_USED_UNTIL
                : field(
                        "{0} + {1} * interval '1 second'",
                        SQLDataType.INSTANT,
                        RATE_USED_UNTIL,
                        val((double) looked.owed() / taken.rate().getAsInt()));
    }

    /// @param from the states in which it may be
    /// @return whether it was in one of them
    static boolean change(DSLContext tx, long id, Resend.State to, Collection<Resend.State> from) {
        return tx.update(HOOK_RESEND)
                        .set(HOOK_RESEND.STATE, to.word())
                        .set(
                                HOOK_RESEND.FINISHED_AT,
                                to == Resend.State.RUNNING ? castNull(SQLDataType.INSTANT) : now())
                        .where(HOOK_RESEND
                                .ID
                                .eq(id)
                                .and(HOOK_RESEND.STATE.in(
                                        from.stream().map(Resend.State::word).toList())))
                        .execute()
                == 1;
    }

    private static Field<Instant> now() {
        return field("now()", SQLDataType.INSTANT);
    }

    /// The newest last.
    static List<ResendView> fetch(DSLContext db, Condition which) {
        return shown(db, which).orderBy(HOOK_RESEND.ID).fetch(ResendRows::view);
    }

    /// The newest first.
    static List<ResendView> before(DSLContext db, long id, int limit) {
        return shown(db, HOOK_RESEND.ID.lt(id))
                .orderBy(HOOK_RESEND.ID.desc())
                .limit(limit)
                .fetch(ResendRows::view);
    }

    private static SelectConditionStep<Record> shown(DSLContext db, Condition which) {
        return db.select(HOOK_RESEND.fields())
                .select(HOOK_ENDPOINT.NAME)
                .from(HOOK_RESEND)
                .leftJoin(HOOK_ENDPOINT)
                .on(HOOK_ENDPOINT.ID.eq(HOOK_RESEND.ENDPOINT_ID))
                .where(which);
    }

    private static ResendView view(Record row) {
        return new ResendView(
                row.get(HOOK_RESEND.ID),
                Optional.ofNullable(row.get(HOOK_ENDPOINT.NAME))
                        .orElse(row.get(HOOK_RESEND.ENDPOINT_ID).toString()),
                scope(row),
                row.get(HOOK_RESEND.RATE),
                Resend.State.of(row.get(HOOK_RESEND.STATE)),
                row.get(HOOK_RESEND.RAISED_AT),
                new Resend.Counts(
                        row.get(HOOK_RESEND.EVENTS), row.get(HOOK_RESEND.CALLS), row.get(HOOK_RESEND.OWED), List.of()),
                row.get(HOOK_RESEND.STARTED_AT),
                row.get(HOOK_RESEND.MOVED_AT),
                row.get(HOOK_RESEND.FINISHED_AT));
    }

    private ResendRows() {}
}
