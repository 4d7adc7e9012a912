package dev.twotick.worker.outbox;

import static org.jooq.impl.DSL.val;

import dev.twotick.worker.outbox.ConversationEvents.Found;
import dev.twotick.worker.outbox.Resend.Only;
import dev.twotick.worker.outbox.ResendScope.Position;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.SQLDataType;

/// The next events of those that are kept, in the order in which they were raised: a resend chooses among them, and
/// owes the calls. Of an event that was raised twice, the later.
final class ResendChunk {

    // {1} {2} {3}: the event that was looked at last; {9} {10}: the page to end with.
    private static final String PAGES = """
            select p.raised_at, p.id as page, e.place, e.id, p.types[e.type_of] as type, e.account_id, e.size
            from hook_page p
            cross join unnest(p.event_ids, p.type_of, p.account_ids, p.sizes)
                with ordinality as e (id, type_of, account_id, size, place)
            where p.raised_at >= {1} and p.raised_at < {4} and (p.raised_at, p.id) >= ({1}, {2})
                and (p.raised_at, p.id) <= ({9}, {10})
                and ((p.raised_at, p.id) > ({1}, {2}) or e.place > {3}) and e.id is not null
                and (cardinality({7}) = 0 or p.event_ids && {7} and e.id = any ({7}))
            order by p.raised_at, p.id, e.place limit {5}""";

    // Along the index of dead calls: a few among millions of events are found at once.
    private static final String DEAD_CALLS = """
            select d.raised_at, d.page, d.place, d.id, p.types[p.type_of[d.place]] as type,
                p.account_ids[d.place] as account_id, d.size
            from (
                select event_at as raised_at, page, place, event_id as id, size
                from hook_delivery
                where endpoint_id = {0} and next_attempt_at is null and event_at >= {1} and event_at < {4}
                    and (event_at, page, place) > ({1}, {2}, {3}) and (event_at, page) <= ({9}, {10})
                    and (cardinality({7}) = 0 or event_id = any ({7}))
                order by event_at, page, place limit {5}) d
            left join hook_page p on p.raised_at = d.raised_at and p.id = d.page and p.event_ids[d.place] = d.id""";

    // An endpoint is asked only for what it wants. looked: as far as {11} are chosen.
    private static final String CHUNK = """
            with endpoint as (
                select id, events, accounts from hook_endpoint where id = {0}),
            chunk as materialized ({WALK}),
            chosen as materialized (
                select c.raised_at, c.page, c.place, c.id, c.size,
                    row_number() over (order by c.raised_at, c.page, c.place) as nth
                from chunk c, endpoint p
                where {WANTED} and {OF_TYPE}
                    and not exists (select from chunk l
                        where l.id = c.id and (l.raised_at, l.page) > (c.raised_at, c.page))
                    and (cardinality({8}) = 0
                        or exists (select from account a where a.id = c.account_id and a.phone_number_id = any ({8})))
                    and (p.accounts is null
                        or exists (select from account a
                            where a.id = c.account_id and a.phone_number_id = any (p.accounts)))
                    {AND_ONLY}),
            looked as (
                select c.raised_at, c.page, c.place from chunk c
                where not exists (select from chosen n
                    where n.nth > {11} and (n.raised_at, n.page, n.place) <= (c.raised_at, c.page, c.place))),
            owed as (
                insert into hook_delivery as d (endpoint_id, event_id, event_at, page, place, size, next_attempt_at)
                select {0}, id, raised_at, page, place, size, now() from chosen where nth <= {11} and {12}
                on conflict (endpoint_id, event_id) do update set next_attempt_at = now(), attempt = 0, claim = null,
                        event_at = excluded.event_at, page = excluded.page, place = excluded.place,
                        size = excluded.size, line = case when d.next_attempt_at is not null then d.line end
                    where d.claim is null or d.next_attempt_at is null or {DUE}
                returning 1)
            select (select count(*) from chunk) as found, (select count(*) from looked) as events,
                (select count(*) from chosen where nth <= {11}) as calls, (select count(*) from owed) as owed,
                last.raised_at, last.page, last.place
            from (select 1) one left join
                (select * from looked order by raised_at desc, page desc, place desc limit 1) last on true
            """.replace("{WANTED}", Globs.wants("c.type", "p.events"))
            .replace("{OF_TYPE}", Globs.matchesAny("c.type", "array[{6}::text]"))
            .replace("{DUE}", DueCalls.DUE);

    private static final String OWED =
            "exists (select from hook_delivery d where d.endpoint_id = p.id and d.event_id = c.id)";
    private static final String DEAD = "exists (select from hook_delivery d"
            + " where d.endpoint_id = p.id and d.event_id = c.id and d.next_attempt_at is null)";
    private static final String TRIED = """
            select t.outcome from hook_attempt t
            where t.event_id = c.id and t.event_at = c.raised_at and t.endpoint_id = p.id
                and t.day >= (c.raised_at at time zone 'UTC')::date
            """;
    private static final String LAST_OUTCOME = "(" + TRIED + " order by t.id desc limit 1)";

    /// @param events looked at
    /// @param calls of these, the ones chosen
    /// @param owed of these, the ones owed again; the others are being made at this moment
    /// @param last the event that was looked at last; empty: none
    /// @param isLast there are no more
    record Looked(long events, long calls, long owed, Optional<Position> last, boolean isLast) {}

    /// @param events as many at most are looked at
    /// @param calls as many at most are chosen: at the next one it ends
    /// @param owe or only choose
    static Looked next(DSLContext tx, ResendScope scope, Position after, int events, int calls, boolean owe) {
        if (scope.conversation().isEmpty()) {
            Position end = new Position(scope.before(), Long.MAX_VALUE, 0);
            return next(tx, scope, scope.ids(), after, end, events, calls, owe);
        }
        Found found = ConversationEvents.next(tx, scope, after);
        if (found.ids().isEmpty()) {
            return new Looked(found.events(), 0, 0, found.last(), found.isLast());
        }
        Looked looked = next(
                tx,
                scope,
                found.ids(),
                after,
                found.last().orElseThrow(),
                Integer.MAX_VALUE, // an event may have been raised twice; there are no more pages than were read
                calls,
                owe);
        return looked.isLast()
                ? new Looked(found.events(), looked.calls(), looked.owed(), found.last(), found.isLast())
                : looked;
    }

    private static Looked next(
            DSLContext tx,
            ResendScope scope,
            Set<UUID> ids,
            Position after,
            Position end,
            int events,
            int calls,
            boolean owe) {
        Record row = tx.fetchSingle(
                text(scope),
                val(scope.endpoint()),
                val(after.raisedAt(), SQLDataType.INSTANT),
                val(after.page()),
                val(after.place()),
                val(scope.before(), SQLDataType.INSTANT),
                val(events),
                val(scope.type()),
                val(ids.toArray(UUID[]::new)),
                val(scope.accounts().toArray(String[]::new)),
                val(end.raisedAt(), SQLDataType.INSTANT),
                val(end.page()),
                val(calls),
                val(owe));
        long found = row.get("found", Long.class);
        long looked = row.get("events", Long.class);
        return new Looked(
                looked,
                row.get("calls", Long.class),
                row.get("owed", Long.class),
                Optional.ofNullable(row.get("raised_at", Instant.class))
                        .map(at -> new Position(at, row.get("page", Long.class), row.get("place", Integer.class))),
                looked == found && found < events);
    }

    private static String text(ResendScope scope) {
        boolean alongDeadCalls =
                scope.only() == Only.DEAD && scope.conversation().isEmpty();
        return CHUNK.replace("{WALK}", alongDeadCalls ? DEAD_CALLS : PAGES)
                .replace(
                        "{AND_ONLY}",
                        switch (scope.only()) {
                            case ALL -> "";
                            case DELIVERED -> "and not " + OWED + " and " + LAST_OUTCOME + " = 'delivered'";
                            case FAILED -> "and (" + DEAD + " or " + LAST_OUTCOME + " <> 'delivered')";
                            case DEAD -> "and " + DEAD;
                            case MISSED -> "and not " + OWED + " and not exists (" + TRIED + ")";
                        });
    }

    private ResendChunk() {}
}
