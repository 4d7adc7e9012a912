package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.val;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;

/// Rows of `hook_endpoint`, read and written for whoever sees to endpoints: with what waits; disabled, enabled; with a
/// secret in place of another.
final class EndpointRows {
    private static final Field<OffsetDateTime[]> SIGNS_UNTIL =
            field("""
            array(
                select until from unnest({0}) with ordinality as older (until, nth)
                where coalesce(until > now(), true) order by nth)
            """, SQLDataType.TIMESTAMPWITHTIMEZONE.array(), HOOK_ENDPOINT.OLDER_UNTIL);

    // Older ones end with the grace, if not before; those that have ended go.
    private static final String ROTATE = """
            with older as (
                select e.sealed, least(e.until, now() + {2} * interval '1 millisecond') as until, e.nth
                from hook_endpoint p
                cross join unnest(p.secret || p.older_secrets, null::timestamptz || p.older_until)
                    with ordinality as e (sealed, until, nth)
                where p.id = {0} and coalesce(e.until > now(), true) and {2} > 0)
            update hook_endpoint p set secret = {1},
                older_secrets = array(select sealed from older order by nth),
                older_until = array(select until from older order by nth)
            where p.id = {0}
            returning 1 + cardinality(older_secrets)
            """;

    // Whoever wants all of a payload gets it whole; who wants some of its fields, or some accounts, what of it they
    // want.
    private static final String CHOOSE_META_PARTS = """
            update hook_endpoint set events = array(
                select 'meta.' || part || '.' || field
                from unnest(case when one_item then array['item'] else array_remove(array['payload',
                        case when fields is not null then 'field' end,
                        case when accounts is not null then 'account' end], null) end) part
                cross join unnest(coalesce(fields, array['*'])) field)
            where id = {0} and format = 'meta'
            """;

    // what waits is counted in its index alone, and so is what was given up
    private static Table<?> waiting(long most) {
        return calls("count(*) as waiting", "d.next_attempt_at is not null", "waits", most);
    }

    private static Table<?> givenUp(long most) {
        return calls(
                "count(*) - count(d.parked_at) as dead, count(d.parked_at) as parked",
                "d.next_attempt_at is null",
                "rests",
                most);
    }

    private static Table<?> calls(String counts, String which, String name, long most) {
        return table(
                "lateral (select " + counts + " from (select d.parked_at from hook_delivery d where d.endpoint_id = {0}"
                        + " and " + which + " limit {1}) d) " + name,
                HOOK_ENDPOINT.ID,
                val(most));
    }

    static List<EndpointView> fetch(DSLContext db, Condition which, Optional<SecretBox> box) {
        return fetch(db, which, box, Long.MAX_VALUE);
    }

    /// @param most of what waits is counted, and of what was given up
    static List<EndpointView> fetch(DSLContext db, Condition which, Optional<SecretBox> box, long most) {
        return db.select(HOOK_ENDPOINT.fields())
                .select(SIGNS_UNTIL.as("signs_until"), field("waiting"), field("dead"), field("parked"))
                .from(HOOK_ENDPOINT)
                .crossJoin(waiting(most))
                .crossJoin(givenUp(most))
                .where(which)
                .orderBy(HOOK_ENDPOINT.NAME)
                .fetch(row -> EndpointView.of(row, headerNames(row, box)));
    }

    private static List<String> headerNames(Record row, Optional<SecretBox> box) {
        byte[] sealed = row.get(HOOK_ENDPOINT.HEADERS);
        if (sealed == null) {
            return List.of();
        }
        try {
            return List.copyOf(
                    EndpointHeaders.open(box.orElseThrow(), sealed).byName().keySet());
        } catch (IllegalArgumentException | NoSuchElementException e) {
            return List.of("(sealed with another TWOTICK_ENCRYPTION_KEY)");
        }
    }

    /// No calls are owed to it from now on, and none is made.
    static void disable(DSLContext tx, UUID id, String reason) {
        tx.update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.ACTIVE, false)
                .set(HOOK_ENDPOINT.DISABLED_REASON, reason)
                .set(HOOK_ENDPOINT.DISABLED_AT, in(Duration.ZERO))
                .where(HOOK_ENDPOINT.ID.eq(id))
                .execute();
    }

    /// As if it had never failed, too.
    static void enable(DSLContext tx, UUID id) {
        tx.update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.ACTIVE, true)
                .setNull(HOOK_ENDPOINT.DISABLED_REASON)
                .setNull(HOOK_ENDPOINT.DISABLED_AT)
                .where(HOOK_ENDPOINT.ID.eq(id))
                .execute();
        closeCircuit(tx, id);
    }

    static void closeCircuit(DSLContext tx, UUID id) {
        tx.update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.FAILURES, 0)
                .setNull(HOOK_ENDPOINT.FAILING_SINCE)
                .setNull(HOOK_ENDPOINT.PAUSED_UNTIL)
                .setNull(HOOK_ENDPOINT.FAILING_TOLD_AT)
                .where(HOOK_ENDPOINT.ID.eq(id))
                .execute();
    }

    /// By the database's clock.
    static Field<Instant> in(Duration time) {
        return field("now() + {0} * interval '1 millisecond'", SQLDataType.INSTANT, val(time.toMillis()));
    }

    /// Which parts of payloads it is told, of the format `meta`, by what it says of fields, accounts and items.
    static void chooseMetaParts(DSLContext tx, UUID id) {
        tx.execute(CHOOSE_META_PARTS, val(id));
    }

    /// @return how many secrets sign now
    static int rotate(DSLContext tx, UUID id, byte[] sealed, Duration grace) {
        return tx.fetchSingle(ROTATE, val(id), val(sealed), val(grace.toMillis()))
                .get(0, Integer.class);
    }

    private EndpointRows() {}
}
