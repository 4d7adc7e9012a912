package dev.twotick.model.trace;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import org.jspecify.annotations.Nullable;

/// Spans in the traces of payloads, where an OpenTelemetry agent or SDK was there when the process began. Without one
/// [#recorded] is false, callers ask for nothing more, and it costs nothing.
public final class Spans {
    private final OpenTelemetry openTelemetry = GlobalOpenTelemetry.get();
    private final Tracer tracer;
    private final boolean recorded;

    /// @param process whose they are: `twotick-ingest`
    public Spans(String process) {
        tracer = openTelemetry.getTracer(process);
        recorded = !tracer.getClass()
                .equals(OpenTelemetry.noop().getTracer(process).getClass());
    }

    public boolean recorded() {
        return recorded;
    }

    /// One that begins now, unless the caller says otherwise.
    public SpanBuilder in(TraceId trace, String name, SpanKind kind) {
        return tracer.spanBuilder(name)
                .setParent(Context.root().with(Span.wrap(trace.root())))
                .setSpanKind(kind);
    }

    /// The span in which the caller stands: the agent's for the request, else the one that its headers name. It has a
    /// trace of its own, which may be linked to.
    public <C> SpanContext caller(C carrier, TextMapGetter<C> headers) {
        SpanContext current = Span.current().getSpanContext();
        return current.isValid()
                ? current
                : Span.fromContext(openTelemetry
                                .getPropagators()
                                .getTextMapPropagator()
                                .extract(Context.root(), carrier, headers))
                        .getSpanContext();
    }

    /// Ends it, as failed if there is a reason.
    public static void end(Span span, @Nullable String error) {
        if (error != null) {
            span.setStatus(StatusCode.ERROR, error);
        }
        span.end();
    }
}
