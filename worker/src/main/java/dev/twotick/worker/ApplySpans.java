package dev.twotick.worker;

import dev.twotick.model.trace.Spans;
import dev.twotick.model.trace.TraceId;
import dev.twotick.worker.PayloadPipeline.Delivery;
import dev.twotick.worker.apply.EventApplier;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

/// A span for each payload of a batch, in its trace, where anybody records spans: each as long as the batch.
final class ApplySpans {
    private final Spans spans = new Spans("twotick-worker");

    /// @param work a try: where it ends with an exception, another follows
    List<EventApplier.Result> around(List<Delivery> batch, Supplier<List<EventApplier.Result>> work) {
        if (!spans.recorded()) {
            return work.get();
        }
        Map<UUID, Span> open = new LinkedHashMap<>();
        batch.forEach(delivery -> open.put(delivery.attempt(), begun(delivery, batch.size())));
        try {
            List<EventApplier.Result> results = work.get();
            for (EventApplier.Result result : results) {
                Span span = open.remove(result.payload().attempt());
                if (span != null) {
                    end(span, result);
                }
            }
            return results;
        } finally {
            open.values().forEach(span -> Spans.end(span, "not applied: it is tried again"));
        }
    }

    private Span begun(Delivery delivery, int batch) {
        return spans.in(new TraceId(delivery.payload().id().value()), "apply", SpanKind.CONSUMER)
                .setAttribute("twotick.payload_id", delivery.payload().id().toString())
                .setAttribute("messaging.batch.message_count", (long) batch)
                .startSpan();
    }

    private static void end(Span span, EventApplier.Result result) {
        span.setAttribute("twotick.facts.fresh", (long) result.fresh())
                .setAttribute("twotick.facts.known", (long) result.known())
                .setAttribute("twotick.facts.failed", (long) result.failed());
        Spans.end(span, result.failed() == 0 ? null : "items failed");
    }
}
