package dev.twotick.worker.outbox;

import static org.jooq.impl.DSL.val;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// A row of `hook_attempt` that was not delivered, as people and programs are shown it.
///
/// @param type of the event; null: it is kept no more
public record FailedAttempt(UUID eventId, @Nullable String type, CallRecords.Attempt attempt) {
    private static final JsonMapper JSON = JsonMapper.shared();

    private static final String LATEST = """
            select t.*, host(t.remote_address) as address, e.type
            from (
                select * from hook_attempt where endpoint_id = {0} and outcome <> 'delivered'
                order by id desc limit {1}) t
            left join lateral (
                select p.types[p.type_of[array_position(p.event_ids, t.event_id)]] as type from hook_page p
                where p.raised_at = t.event_at and t.event_id = any (p.event_ids) limit 1) e on true
            order by t.id desc
            """;

    /// The newest first.
    static List<FailedAttempt> latest(DSLContext db, UUID endpoint, int limit) {
        return db.fetch(LATEST, val(endpoint), val(limit)).map(FailedAttempt::of);
    }

    private static FailedAttempt of(Record row) {
        return new FailedAttempt(
                row.get("event_id", UUID.class), row.get("type", String.class), CallRecords.attempt(row));
    }

    /// Of several, as one array.
    public static String json(List<FailedAttempt> attempts) {
        return JSON.writerWithDefaultPrettyPrinter()
                .writeValueAsString(attempts.stream().map(FailedAttempt::map).toList());
    }

    private Map<String, @Nullable Object> map() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        CallTrace trace = attempt.trace();
        map.put("started_at", attempt.startedAt().toString());
        map.put("event_id", eventId.toString());
        map.put("type", type);
        map.put("attempt", attempt.number());
        map.put("outcome", attempt.outcome());
        map.put("status_code", attempt.statusCode());
        map.put("error_class", trace.failedAt() == null ? null : trace.failedAt().word);
        map.put("error", attempt.error());
        map.put("batch", attempt.batch() == null ? null : attempt.batch().toString());
        map.put("remote_address", trace.remoteAddress());
        map.put("duration_ms", attempt.durationMs());
        map.put("dns_ms", trace.dns());
        map.put("connect_ms", trace.connect());
        map.put("tls_ms", trace.tls());
        map.put("first_byte_ms", trace.firstByte());
        map.put("answer", trace.answer());
        return map;
    }
}
