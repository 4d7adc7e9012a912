package dev.twotick.worker.outbox;

import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.val;

import dev.twotick.worker.outbox.ResendScope.Position;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The calls of an endpoint that were given up, a page at a time, the latest event first. [Resend] owes them again.
///
/// @param next where the next page begins; empty: there is none
public record DeadCalls(List<DeadCall> calls, Optional<String> next) {
    private static final JsonMapper JSON = JsonMapper.shared();

    private static final String PAGE = """
            select d.event_id, p.types[p.type_of[d.place]] as type, a.phone_number_id,
                d.event_at, d.page, d.place, d.attempt, d.last_error, d.parked_at
            from (
                select * from hook_delivery
                where endpoint_id = {0} and next_attempt_at is null and (event_at, page, place) < ({1}, {2}, {3})
                order by event_at desc, page desc, place desc limit {4}) d
            left join hook_page p on p.raised_at = d.event_at and p.id = d.page and p.event_ids[d.place] = d.event_id
            left join account a on a.id = p.account_ids[d.place]
            order by d.event_at desc, d.page desc, d.place desc
            """;

    /// @param webhookId the event's
    /// @param type null: the event is past its retention
    /// @param account its `phone_number_id`; null: it is about the installation
    /// @param attempts that were made
    /// @param parked for what it holds, before all tries were made
    /// @param lastError what the last of them met
    public record DeadCall(
            UUID webhookId,
            @Nullable String type,
            @Nullable String account,
            Instant raisedAt,
            int attempts,
            boolean parked,
            @Nullable String lastError) {

        private Map<String, @Nullable Object> map() {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            map.put("webhook_id", webhookId.toString());
            map.put("type", type);
            map.put("account", account);
            map.put("raised_at", raisedAt.toString());
            map.put("attempts", attempts);
            map.put("parked", parked);
            map.put("last_error", lastError);
            return map;
        }
    }

    public DeadCalls {
        calls = List.copyOf(calls);
    }

    /// @param from where the page begins: another one's `next`; empty: at the latest
    /// @throws IllegalArgumentException when it is no place
    static DeadCalls page(DSLContext db, UUID endpoint, Optional<String> from, int most) {
        Field<?>[] before = from.map(DeadCalls::parse).map(DeadCalls::fields).orElseGet(() ->
                new Field<?>[] {field("'infinity'::timestamptz"), val(0L), val(0)});
        List<Record> rows = db.fetch(PAGE, val(endpoint), before[0], before[1], before[2], val(most));
        Optional<String> next = rows.size() < most ? Optional.empty() : Optional.of(text(position(rows.getLast())));
        return new DeadCalls(rows.stream().map(DeadCalls::call).toList(), next);
    }

    private static Field<?>[] fields(Position before) {
        return new Field<?>[] {val(before.raisedAt(), SQLDataType.INSTANT), val(before.page()), val(before.place())};
    }

    private static DeadCall call(Record row) {
        return new DeadCall(
                row.get("event_id", UUID.class),
                row.get("type", String.class),
                row.get("phone_number_id", String.class),
                row.get("event_at", Instant.class),
                row.get("attempt", Integer.class),
                row.get("parked_at") != null,
                row.get("last_error", String.class));
    }

    private static Position position(Record row) {
        return new Position(
                row.get("event_at", Instant.class), row.get("page", Long.class), row.get("place", Integer.class));
    }

    private static String text(Position position) {
        return position.raisedAt() + "," + position.page() + "," + position.place();
    }

    private static Position parse(String text) {
        List<String> parts = List.of(text.split(",", -1));
        try {
            return new Position(
                    Instant.parse(parts.get(0)), Long.parseLong(parts.get(1)), Integer.parseInt(parts.get(2)));
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("a page of dead calls begins at the next of another, not at " + text, e);
        }
    }

    public String json() {
        return JSON.writerWithDefaultPrettyPrinter()
                .writeValueAsString(calls.stream().map(DeadCall::map).toList());
    }
}
