package dev.twotick.worker.outbox;

import dev.twotick.worker.outbox.EndpointCircuitBreaker.Notice;
import dev.twotick.worker.outbox.EndpointCircuitBreaker.Tally;
import dev.twotick.worker.outbox.EndpointCircuitBreaker.Verdict;
import dev.twotick.worker.outbox.HookEndpoints.Judged;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jooq.DSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/// What the other endpoints are told of one: events `endpoint.*`, raised in the transaction that finds them so.
final class EndpointNotices {
    private static final Logger log = LoggerFactory.getLogger(EndpointNotices.class);
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Outbox outbox;
    private final Duration disableAfter;

    EndpointNotices(Outbox outbox, Duration disableAfter) {
        this.outbox = outbox;
        this.disableAfter = disableAfter;
    }

    void tell(DSLContext tx, Judged endpoint, Notice notice, Tally tally, Verdict verdict) {
        log.warn(
                "{} endpoint={} failing_since={} last_error=\"{}\"",
                notice.type(),
                endpoint.name(),
                notice.since(),
                Objects.requireNonNullElse(tally.lastError(), ""));
        Map<String, Object> data = about(endpoint);
        data.put("failing_since", notice.since().toString());
        if (tally.lastError() != null) {
            data.put("last_error", tally.lastError());
        }
        if (notice.type().equals("endpoint.failing")) {
            data.put("disables_at", notice.since().plus(disableAfter).toString());
        }
        if (verdict.health().disabledReason() != null) {
            data.put("reason", verdict.health().disabledReason());
        }
        raise(tx, endpoint, notice.type(), notice.since() + (notice.again() ? ":" + endpoint.now() : ""), data);
    }

    /// Once a day at most: each parked call is counted, listed and logged besides.
    void tellOfParked(DSLContext tx, Judged endpoint, FinishedCall parked) {
        Map<String, Object> data = about(endpoint);
        data.put("event_id", parked.call().eventId().toString());
        data.put("event_type", parked.call().type());
        data.put("last_error", Objects.requireNonNullElse(parked.outcome().error(), ""));
        raise(tx, endpoint, "endpoint.refusing", endpoint.now().toString(), data);
    }

    private static Map<String, Object> about(Judged endpoint) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("endpoint_id", endpoint.id().toString());
        data.put("name", endpoint.name());
        return data;
    }

    private void raise(DSLContext tx, Judged endpoint, String type, String when, Map<String, Object> data) {
        HookEvent event = new HookEvent(
                type, endpoint.id() + ":" + when, null, null, endpoint.now(), JSON.writeValueAsString(data));
        outbox.enqueue(tx, List.of(event), 0, endpoint.id());
    }
}
