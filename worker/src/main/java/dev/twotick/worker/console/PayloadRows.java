package dev.twotick.worker.console;

import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.val;

import dev.twotick.db.HashedId;
import dev.twotick.db.payloadlog.IdRange;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.model.trace.TraceId;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Param;
import org.jooq.Record;
import org.jooq.ResultQuery;

/// Tables `payload_log` and `payload_outcome`, as a list that people page through, the newest first. However rare what
/// they look for, a page reads no more than so many rows of the log, and says from where the next one goes on.
final class PayloadRows {
    static final int PAGE = 50;
    private static final int MOST_LOOKED_AT = 10_000;
    private static final int MOST_FOUND = 200;

    private static final String COLUMNS = """
            l.id, l.received_at, octet_length(l.body) as bytes, l.app,
                coalesce(o.state, 'received') as state, o.events, o.duplicates, o.expired, o.error,
                case when o.payload_id is not null then coalesce(o.fields, array['messages']) end as fields, o.accounts
            """;

    private static final String LAST_OUTCOME = """
            left join lateral (
                select * from payload_outcome o where o.payload_id = l.id order by o.attempt desc limit 1) o on true
            """;

    private static final String ALL = "select l.id as place, " + COLUMNS + """
            from (select * from payload_log where id >= {0} and id < {1} order by id desc limit {2}) l
            """ + LAST_OUTCOME + "order by l.id desc";

    // Outcomes are walked, and not looked up for each payload: the last one counts. One may have no
    // payload any more.
    private static final String WITH_OUTCOME = "select o.payload_id as place, " + COLUMNS + """
            from (
                select * from (
                    select distinct on (w.payload_id) w.* from (
                        select * from payload_outcome where payload_id >= {0} and payload_id < {1}
                        order by payload_id desc, attempt desc limit {2}) w
                    order by w.payload_id desc, w.attempt desc) o
                where {3} order by o.payload_id desc limit {4}) o
            left join payload_log l on l.id = o.payload_id order by o.payload_id desc
            """;

    private static final String LAST_OUTCOME_LOOKED_AT = """
            select payload_id from payload_outcome where payload_id >= {0} and payload_id < {1}
            order by payload_id desc, attempt desc limit 1 offset {2}
            """;

    // those that were looked at and have an outcome are read at once
    private static final String WITHOUT_OUTCOME =
            """
            with w as materialized (select id from payload_log where id >= {0} and id < {1} order by id desc limit {2})
            select l.id as place, {COLUMNS} from (
                select id from w
                where id not in (
                    select payload_id from payload_outcome
                    where payload_id >= (select id from w order by id limit 1) and payload_id < {1})
                order by id desc limit {3}) r
            join payload_log l on l.id = r.id
            {LAST_OUTCOME} order by l.id desc
            """.replace("{COLUMNS}", COLUMNS).replace("{LAST_OUTCOME}", LAST_OUTCOME);

    private static final String LAST_LOOKED_AT = """
            select id from payload_log where id >= {0} and id < {1} order by id desc limit 1 offset {2}
            """;

    private static final String OF_IDS = "select " + COLUMNS + "from payload_log l " + LAST_OUTCOME
            + "where l.id = any ({0}) order by l.id desc limit {1}";

    private static final String WITH_BODY =
            "select l.body, l.signature, " + COLUMNS + "from payload_log l " + LAST_OUTCOME + "where l.id = {0}";

    private static final String MESSAGES_OF_PERSON = """
            select m.id from conversation c
            cross join lateral (select id from message where conversation_id = c.id
                order by occurred_at desc, id desc limit {1}) m
            where c.contact_id in (
                select i.contact_id from business b join contact_identity i on i.business_id = b.id
                where i.kind in ('wa_id', 'user_id', 'parent_user_id') and i.value = {0})
            """;

    private static final String OF_MESSAGES = """
            select payload_id from message where id = any ({0}) and payload_id is not null
            union select payload_id from message_status where message_id = any ({0})
            union select payload_id from reaction_statement where message_id = any ({0})
            union select payload_id from flow_response where message_id = any ({0})
            """;

    private final DSLContext db;

    PayloadRows(DSLContext db) {
        this.db = db;
    }

    /// @param next where the next page goes on; nothing: the log ends here
    /// @param full false: it was looked for in so many rows that this page ends without being full
    record Page(List<PayloadRow> rows, Optional<UUID> next, boolean full) {}

    /// @param before an id, exclusive
    Page page(PayloadFilter filter, Optional<UUID> before) {
        UUID from = filter.sinceTime().map(PayloadId::floor).orElse(IdRange.LEAST);
        UUID until = filter.untilTime().map(PayloadId::floor).orElse(IdRange.GREATEST);
        UUID to = before.filter(id -> IdRange.less(id, until)).orElse(until);
        if (filter.isReceived()
                && !(filter.account().isEmpty() && filter.field().isEmpty())) {
            return new Page(List.of(), Optional.empty(), true); // these are known once it is applied
        }
        List<Record> found = found(filter, from, to);
        List<PayloadRow> rows = found.stream()
                .limit(PAGE)
                .filter(row -> row.get("id") != null)
                .map(PayloadRow::of)
                .toList();
        if (found.size() > PAGE) {
            return new Page(rows, Optional.of(found.get(PAGE - 1).get("place", UUID.class)), true);
        }
        Optional<UUID> last = filter.asksForOutcome()
                ? db.resultQuery(
                                filter.isReceived() ? LAST_LOOKED_AT : LAST_OUTCOME_LOOKED_AT,
                                val(from),
                                val(to),
                                val(MOST_LOOKED_AT - 1))
                        .fetchOptional(0, UUID.class)
                : Optional.empty();
        return new Page(rows, last, last.isEmpty());
    }

    /// One more than a page, if there are as many.
    private List<Record> found(PayloadFilter filter, UUID from, UUID to) {
        Param<Integer> most = val(PAGE + 1);
        Param<Integer> looked = val(MOST_LOOKED_AT);
        ResultQuery<Record> query = !filter.asksForOutcome()
                ? db.resultQuery(ALL, val(from), val(to), most)
                : filter.isReceived()
                        ? db.resultQuery(WITHOUT_OUTCOME, val(from), val(to), looked, most)
                        : db.resultQuery(WITH_OUTCOME, val(from), val(to), looked, conditions(filter), most);
        return query.fetch();
    }

    private static Condition conditions(PayloadFilter filter) {
        Condition state = switch (filter.state()) {
            case "processed", "failed" -> condition("o.state = {0}", val(filter.state()));
            case "duplicate" -> condition("o.state = 'processed' and o.events > 0 and o.events = o.duplicates");
            default -> noCondition();
        };
        return state.and(
                        filter.account().isEmpty()
                                ? noCondition()
                                : condition("{0} = any (o.accounts)", val(filter.account())))
                .and(
                        filter.field().isEmpty()
                                ? noCondition()
                                : condition("{0} = any (coalesce(o.fields, array['messages']))", val(filter.field())));
    }

    /// What told of a message, or of somebody's latest ones.
    ///
    /// @param text a payload's id, a wamid, a number in any spelling, or a user id
    ///
    /// @return a page that is not full where there may be more
    Page search(String text) {
        Optional<UUID> id = uuid(text);
        if (id.isPresent()) {
            return of(new UUID[] {id.get()}, true);
        }
        Long[] messages = text.startsWith("wamid.") ? messagesNamed(text) : messagesOf(person(text));
        UUID[] payloads =
                db.resultQuery(OF_MESSAGES, val(messages)).fetch(0, UUID.class).toArray(UUID[]::new);
        return of(payloads, messages.length < MOST_FOUND);
    }

    /// A payload with its body and signature, in one read.
    Optional<Record> logged(UUID id) {
        return db.resultQuery(WITH_BODY, val(id)).fetchOptional();
    }

    /// @param all these are all of the messages' payloads
    private Page of(UUID[] ids, boolean all) {
        List<PayloadRow> rows =
                db.resultQuery(OF_IDS, val(ids), val(MOST_FOUND)).fetch(PayloadRow::of);
        return new Page(rows, Optional.empty(), all && rows.size() < MOST_FOUND);
    }

    private Long[] messagesNamed(String wamid) {
        UUID[] keys = db.resultQuery("select phone_number_id from account").fetch(0, String.class).stream()
                .map(account -> HashedId.of(account, wamid))
                .toArray(UUID[]::new);
        return db.resultQuery("select id from message where key = any ({0})", val(keys))
                .fetch(0, Long.class)
                .toArray(Long[]::new);
    }

    private Long[] messagesOf(String person) {
        return db.resultQuery(MESSAGES_OF_PERSON, val(person), val(MOST_FOUND))
                .fetch(0, Long.class)
                .toArray(Long[]::new);
    }

    /// A number as Meta has it, in digits; else as it was typed.
    private static String person(String text) {
        String digits = text.replaceAll("[+()\\s./-]", "");
        return digits.matches("\\d{5,20}") ? digits : text;
    }

    private static Optional<UUID> uuid(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return lower.matches("[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
                ? Optional.of(TraceId.parse(lower.replace("-", "")).value())
                : Optional.empty();
    }
}
