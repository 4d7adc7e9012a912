package dev.twotick.worker.console;

import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.val;

import dev.twotick.db.HashedId;
import dev.twotick.db.payloadlog.IdRange;
import dev.twotick.model.payload.PayloadId;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;

/// Tables `payload_log` and `payload_outcome`, as a list that people page through, the newest first. However rare what
/// they look for, a page reads no more than so many rows of the log, and says from where the next one goes on.
final class PayloadRows {
    static final int PAGE = 50;
    private static final int MOST_LOOKED_AT = 10_000;
    private static final int MOST_FOUND = 200;

    private static final String LIST = """
            select l.*, coalesce(o.state, 'received') as state, o.events, o.duplicates, o.expired, o.error,
                case when o.payload_id is not null then coalesce(o.fields, array['messages']) end as fields, o.accounts
            from (select id, received_at, octet_length(body) as bytes, app from payload_log
                where id >= {0} and id < {1} order by id desc limit {2}) l
            left join lateral (
                select * from payload_outcome o where o.payload_id = l.id order by o.attempt desc limit 1) o on true
            where {3} order by l.id desc limit {4}
            """;

    private static final String LAST_LOOKED_AT = """
            select id from payload_log where id >= {0} and id < {1} order by id desc limit 1 offset {2}
            """;

    private static final String OF_IDS = """
            select l.id, l.received_at, octet_length(l.body) as bytes, l.app,
                coalesce(o.state, 'received') as state, o.events, o.duplicates, o.expired, o.error,
                case when o.payload_id is not null then coalesce(o.fields, array['messages']) end as fields, o.accounts
            from payload_log l
            left join lateral (
                select * from payload_outcome o where o.payload_id = l.id order by o.attempt desc limit 1) o on true
            where l.id = any ({0}) order by l.id desc limit {1}
            """;

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
        int looked = filter.asksForOutcome() ? MOST_LOOKED_AT : PAGE + 1;
        List<PayloadRow> rows = db.resultQuery(LIST, val(from), val(to), val(looked), conditions(filter), val(PAGE + 1))
                .fetch(PayloadRow::of);
        if (rows.size() > PAGE) {
            return new Page(
                    rows.subList(0, PAGE), Optional.of(rows.get(PAGE - 1).id()), true);
        }
        Optional<UUID> last = looked > PAGE + 1
                ? db.resultQuery(LAST_LOOKED_AT, val(from), val(to), val(looked - 1))
                        .fetchOptional(0, UUID.class)
                : Optional.empty();
        return new Page(rows, last, last.isEmpty());
    }

    private static Condition conditions(PayloadFilter filter) {
        Condition state = switch (filter.state()) {
            case "received" -> condition("o.state is null");
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
                                : condition(
                                        "o.payload_id is not null and {0} = any (coalesce(o.fields, array['messages']))",
                                        val(filter.field())));
    }

    /// What told of a message, or of somebody's latest ones.
    ///
    /// @param text a payload's id, a wamid, a number in any spelling, or a user id
    List<PayloadRow> search(String text) {
        Optional<UUID> id = uuid(text);
        if (id.isPresent()) {
            return of(new UUID[] {id.get()});
        }
        Long[] messages = text.startsWith("wamid.") ? messagesNamed(text) : messagesOf(person(text));
        UUID[] payloads =
                db.resultQuery(OF_MESSAGES, val(messages)).fetch(0, UUID.class).toArray(UUID[]::new);
        return of(payloads);
    }

    private List<PayloadRow> of(UUID[] ids) {
        return db.resultQuery(OF_IDS, val(ids), val(MOST_FOUND)).fetch(PayloadRow::of);
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
        return text.toLowerCase(Locale.ROOT).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
                ? Optional.of(UUID.fromString(text))
                : Optional.empty();
    }
}
