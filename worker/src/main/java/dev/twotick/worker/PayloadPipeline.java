package dev.twotick.worker;

import dev.twotick.db.DatabaseFault;
import dev.twotick.db.payloadlog.LoggedPayloads;
import dev.twotick.model.trace.TraceId;
import dev.twotick.queue.Hint;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.worker.apply.EventApplier;
import dev.twotick.worker.batch.PayloadWork;
import dev.twotick.worker.consume.Attempts;
import dev.twotick.worker.consume.PayloadProcessor;
import dev.twotick.worker.consume.SetAside;
import dev.twotick.worker.consume.StreamEntry;
import dev.twotick.worker.deduplicate.SeenEvents;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Interpretation;
import dev.twotick.worker.interpret.PayloadInterpreter;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one way from a queued payload to the tables, for consumers and replays alike:
/// body (inline, or from the log) → interpret → deduplicate → apply → remember.
final class PayloadPipeline implements PayloadProcessor {
    private static final Logger log = LoggerFactory.getLogger(PayloadPipeline.class);

    /// Payloads whose bodies are in the log are up to 3 MiB each, and a transaction holds a dozen copies of a text.
    private static final int LARGE_TOGETHER = 1;

    private static final int TRIES_IN_A_ROW = 8;

    private static final String POISON = "workers died while they worked on this payload alone: look at their logs;"
            + " it is tried again by itself, at growing intervals, or when you replay it with --id";
    private static final String GONE = "the log has no body for this payload any more: nothing is left to replay";

    private final LoggedPayloads payloads;
    private final PayloadInterpreter interpreter;
    private final SeenEvents seen;
    private final EventApplier applier;
    private final DatabaseOutage outage;
    private final PipelineMetrics metrics;
    private final ApplySpans spans = new ApplySpans();

    PayloadPipeline(
            LoggedPayloads payloads,
            PayloadInterpreter interpreter,
            SeenEvents seen,
            EventApplier applier,
            DatabaseOutage outage,
            PipelineMetrics metrics) {
        this.payloads = payloads;
        this.interpreter = interpreter;
        this.seen = seen;
        this.applier = applier;
        this.outage = outage;
        this.metrics = metrics;
    }

    /// One delivery of a payload.
    ///
    /// @param refusal why it is not even looked at, or null
    record Delivery(
            QueuedPayload payload, UUID attempt, @Nullable String refusal) {}

    @Override
    public Hint process(List<StreamEntry> entries, Attempts attempts) throws InterruptedException {
        List<Delivery> deliveries = entries.stream()
                .map(e -> new Delivery(e.payload(), e.attempt(), e.isPoison() ? POISON : null))
                .toList();
        return process(deliveries, true, attempts).hint();
    }

    /// Blocks until each has its outcome committed; waits out outages of the database.
    ///
    /// @param mayHaveSeen whether Redis is asked what was applied before
    List<EventApplier.Result> process(List<Delivery> deliveries, boolean mayHaveSeen) throws InterruptedException {
        return process(deliveries, mayHaveSeen, Attempts.UNCOUNTED).results();
    }

    /// @param hint what Redis is to remember of it
    private record Applied(List<EventApplier.Result> results, Hint hint) {}

    private Applied process(List<Delivery> deliveries, boolean mayHaveSeen, Attempts attempts)
            throws InterruptedException {
        List<EventApplier.Result> results = new ArrayList<>();
        List<Hint> hints = new ArrayList<>();
        boolean single = mayHaveSeen && deliveries.size() == 1;
        for (List<Delivery> part : parts(deliveries)) {
            EventApplier.Progress progress = new EventApplier.Progress();
            Applied applied = outage.waitOut(() -> attempt(part, single, mayHaveSeen, progress, attempts));
            results.addAll(applied.results);
            hints.add(applied.hint);
        }
        return new Applied(results, Hint.all(hints));
    }

    /// @param single it is all that its consumer works on: then it may be set aside for others
    private Applied attempt(
            List<Delivery> part,
            boolean single,
            boolean mayHaveSeen,
            EventApplier.Progress progress,
            Attempts attempts) {
        try {
            return apply(part, mayHaveSeen, progress, attempts);
        } catch (DataAccessException e) {
            attempts.endsInOutage();
            if (single && progress.refusals() >= TRIES_IN_A_ROW) {
                throw new SetAside(DatabaseFault.words(e), e);
            }
            throw e;
        }
    }

    private static List<List<Delivery>> parts(List<Delivery> deliveries) {
        List<List<Delivery>> parts = new ArrayList<>();
        List<Delivery> inline =
                deliveries.stream().filter(d -> d.payload().body() != null).toList();
        List<Delivery> large =
                deliveries.stream().filter(d -> d.payload().body() == null).toList();
        if (!inline.isEmpty()) {
            parts.add(inline);
        }
        for (int from = 0; from < large.size(); from += LARGE_TOGETHER) {
            parts.add(large.subList(from, Math.min(large.size(), from + LARGE_TOGETHER)));
        }
        return parts;
    }

    private Applied apply(
            List<Delivery> deliveries, boolean mayHaveSeen, EventApplier.Progress progress, Attempts attempts) {
        String epoch = seen.epoch();
        Map<UUID, LoggedPayloads.Content> logged = payloads.contents(lackingSome(deliveries));
        if (!attempts.equals(Attempts.UNCOUNTED)) {
            payloads.databaseAnswers(); // whoever ends while it does not, did not die of the payload
            attempts.begins();
        }
        List<EventApplier.Result> results =
                spans.around(deliveries, () -> results(deliveries, logged, mayHaveSeen, progress));
        if (results.stream()
                .anyMatch(result -> result.known() > 0 && !result.payload().again())) {
            seen.repeated();
        }
        return new Applied(results, mayHaveSeen ? remember(results, epoch) : Hint.NONE);
    }

    private List<EventApplier.Result> results(
            List<Delivery> deliveries,
            Map<UUID, LoggedPayloads.Content> logged,
            boolean mayHaveSeen,
            EventApplier.Progress progress) {
        List<PayloadWork> work = metrics.interpret(() -> deliveries.stream()
                .map(delivery ->
                        interpret(delivery, logged.get(delivery.payload().id().value())))
                .toList());
        List<PayloadWork> unseen = mayHaveSeen ? metrics.seen(() -> withoutSeen(work)) : work;
        List<EventApplier.Result> results = metrics.apply(() -> applier.apply(unseen, progress));
        results.forEach(metrics::count);
        return results;
    }

    /// Those whose body is too long for the stream, or whose app the log alone knows.
    private static List<UUID> lackingSome(List<Delivery> deliveries) {
        return deliveries.stream()
                .map(Delivery::payload)
                .filter(payload -> payload.body() == null || payload.app() == null)
                .map(payload -> payload.id().value())
                .toList();
    }

    private PayloadWork interpret(Delivery delivery, LoggedPayloads.@Nullable Content logged) {
        QueuedPayload payload = delivery.payload();
        byte[] body = payload.body() != null ? payload.body() : logged == null ? null : logged.body();
        String app = payload.app() != null ? payload.app() : logged == null ? null : logged.app();
        if (delivery.refusal() != null) {
            return PayloadWork.givenUp(payload.id().value(), delivery.attempt(), payload.at(), app, delivery.refusal());
        }
        Interpretation meaning = body == null ? new Interpretation.NotAnObject(GONE) : interpret(payload, body);
        return PayloadWork.of(payload.id().value(), delivery.attempt(), payload.at(), app, payload.again(), meaning)
                .withBody(body);
    }

    /// The interpreter throws for nothing; should it have a fault, only this payload fails.
    private Interpretation interpret(QueuedPayload payload, byte[] body) {
        try {
            return interpreter.interpret(body);
        } catch (RuntimeException | StackOverflowError e) {
            log.atError()
                    .addKeyValue(TraceId.KEY, new TraceId(payload.id().value()).hex())
                    .log(
                            "outcome=not-interpreted payload={} fault={}",
                            payload.id(),
                            e.getClass().getSimpleName());
            return new Interpretation.NotAnObject(
                    "a fault of Twotick's, please report it: " + e.getClass().getSimpleName() + " in interpret");
        }
    }

    private List<PayloadWork> withoutSeen(List<PayloadWork> work) {
        List<Fact> facts = work.stream()
                .filter(w -> !w.again())
                .flatMap(w -> w.facts().stream())
                .toList();
        if (facts.isEmpty()) {
            return work;
        }
        BitSet known = seen.seen(facts);
        if (known.isEmpty()) {
            return work;
        }
        List<PayloadWork> unseen = new ArrayList<>();
        int next = 0;
        for (PayloadWork payload : work) {
            if (payload.again()) {
                unseen.add(payload);
                continue;
            }
            int first = next;
            next += payload.facts().size();
            unseen.add(payload.without(IntStream.range(first, next)
                    .filter(known::get)
                    .map(i -> i - first)
                    .boxed()
                    .toList()));
        }
        return unseen;
    }

    private Hint remember(List<EventApplier.Result> results, String epoch) {
        List<Fact> applied = results.stream()
                .filter(r -> r.failed() == 0)
                .flatMap(r -> r.payload().facts().stream())
                .toList();
        return seen.remember(applied, epoch);
    }
}
