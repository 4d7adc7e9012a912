package dev.twotick.worker.deliver;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.twotick.model.trace.Spans;
import dev.twotick.model.trace.TraceId;
import dev.twotick.worker.outbox.Endpoint;
import dev.twotick.worker.outbox.OwedCall;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Scope;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One attempt in the trace of what it tells of: its `traceparent`, and a span where anybody records spans.
final class HookSpan implements AutoCloseable {
    static final String HEADER = "traceparent";
    private static final byte[] PAYLOAD = "\"payload_id\":\"".getBytes(US_ASCII);

    private final Span span;
    private final Scope scope;
    private final String traceparent;
    private @Nullable String error = "no answer";

    private HookSpan(Span span, Scope scope, String traceparent) {
        this.span = span;
        this.scope = scope;
        this.traceparent = traceparent;
    }

    /// That of the payload, where the event names one; else the event's own. Several events are a trace of their own.
    ///
    /// @param webhookId of the call
    static TraceId traceOf(List<OwedCall> calls, UUID webhookId) {
        OwedCall call = calls.getFirst();
        if (calls.size() > 1) {
            return new TraceId(webhookId);
        }
        UUID payload = call.app() == null ? payloadOf(call.body()) : null;
        return new TraceId(payload == null ? call.eventId() : payload);
    }

    /// Ours is the first member of that name: `raw` comes after it, and within a text the quotes are escaped.
    private static @Nullable UUID payloadOf(byte[] body) {
        for (int at = 0; at + PAYLOAD.length + 36 <= body.length; at++) {
            if (body[at] == '"' && Arrays.equals(body, at, at + PAYLOAD.length, PAYLOAD, 0, PAYLOAD.length)) {
                try {
                    return UUID.fromString(new String(body, at + PAYLOAD.length, 36, US_ASCII));
                } catch (IllegalArgumentException e) {
                    return null;
                }
            }
        }
        return null;
    }

    @SuppressWarnings("MustBeClosedChecker") // [#close] closes the scope
    static HookSpan begin(Spans spans, TraceId trace, Endpoint endpoint, List<OwedCall> calls) {
        OwedCall call = calls.getFirst();
        if (!spans.recorded()) {
            return new HookSpan(Span.getInvalid(), Scope.noop(), trace.parent(number(call)));
        }
        Span span = spans.in(trace, "hook", SpanKind.CLIENT)
                .setAttribute("twotick.endpoint", endpoint.name())
                .setAttribute("twotick.event_id", call.eventId().toString())
                .setAttribute("twotick.event_type", call.type())
                .setAttribute("twotick.events", (long) calls.size())
                .setAttribute("http.request.resend_count", (long) call.attempt())
                .setAttribute("server.address", endpoint.url().getHost())
                .startSpan();
        // current, so that the spans that an agent makes of the client's doing are in the same trace
        return new HookSpan(span, span.makeCurrent(), TraceId.parent(span.getSpanContext()));
    }

    /// The attempt's, should two processes make it.
    private static long number(OwedCall call) {
        long mixed = call.eventId().getLeastSignificantBits()
                ^ Long.rotateLeft(call.endpointId().getMostSignificantBits(), 21)
                ^ Long.rotateLeft(call.endpointId().getLeastSignificantBits(), 42);
        return (mixed + call.attempt()) * 0x9e37_79b9_7f4a_7c15L;
    }

    String traceparent() {
        return traceparent;
    }

    Answer answered(Answer answer) {
        error = switch (answer) {
            case Answer.Status status -> {
                span.setAttribute("http.response.status_code", (long) status.code());
                yield status.code() >= 200 && status.code() < 300 ? null : "HTTP " + status.code();
            }
            case Answer.None none -> none.error();
        };
        return answer;
    }

    @Override
    public void close() {
        scope.close();
        Spans.end(span, error);
    }
}
