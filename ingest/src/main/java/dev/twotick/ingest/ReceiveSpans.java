package dev.twotick.ingest;

import dev.twotick.model.payload.SignedPayload;
import dev.twotick.model.trace.Spans;
import dev.twotick.model.trace.TraceId;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.time.InstantSource;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;

/// A span for each post that Meta signed, in the trace of its payload, where anybody records spans. A trace that the
/// post came with is linked, and not gone on with: it ends with our answer, and the payload's does not.
final class ReceiveSpans {
    private static final TextMapGetter<HttpFields> HEADERS =
            (headers, name) -> headers == null ? null : headers.get(name);

    private final Spans spans = new Spans("twotick-ingest");
    private final InstantSource clock;

    ReceiveSpans(InstantSource clock) {
        this.clock = clock;
    }

    /// Ask on the thread on which the web server hands the request over.
    SpanContext caller(Request request) {
        return spans.recorded() ? spans.caller(request.getHeaders(), HEADERS) : SpanContext.getInvalid();
    }

    /// @param outcome as it is counted
    void answered(WebhookPost post, SignedPayload payload, int status, String outcome) {
        if (!spans.recorded()) {
            return;
        }
        long took = System.nanoTime() - post.request().getBeginNanoTime();
        Span span = spans.in(new TraceId(payload.id().value()), "receive", SpanKind.SERVER)
                .addLink(post.caller())
                .setStartTimestamp(clock.instant().minusNanos(took))
                .setAttribute("twotick.payload_id", payload.id().toString())
                .setAttribute("twotick.outcome", outcome)
                .setAttribute("http.response.status_code", (long) status)
                .setAttribute("http.request.body.size", (long) payload.body().length)
                .startSpan();
        Spans.end(span, status == 200 ? null : outcome);
    }
}
