package dev.twotick.worker.convergence;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.worker.apply.EventApplier;
import dev.twotick.worker.apply.Registrations;
import dev.twotick.worker.batch.PayloadWork;
import dev.twotick.worker.deduplicate.SeenEvents;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.PayloadInterpreter;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// One way of applying a history: some of it more than once, in some order, packed into payloads and batches, by one to
/// four workers at once, and every other time behind a memory of what was applied, as [SeenEvents] is one. What a
/// program registers comes beside them, some of it at once.
final class Way {
    private static final JsonMapper JSON = new JsonMapper();
    private static final PayloadInterpreter INTERPRETER = new PayloadInterpreter();

    private final Random random;
    private final boolean remembers;
    private final Map<String, ByteBuffer> seen = new ConcurrentHashMap<>();

    Way(long seed) {
        this.random = new Random(seed);
        this.remembers = random.nextBoolean();
    }

    /// What one worker, or one request of a program, does at once.
    private sealed interface Piece {}

    private record Batch(List<PayloadWork> payloads) implements Piece {}

    private record Registered(List<Registrations.Line> lines) implements Piece {}

    void apply(List<Unit> history, EventApplier applier, Registrations registrations) throws InterruptedException {
        List<Unit> units = new ArrayList<>(history);
        for (Unit unit : history) {
            while (random.nextInt(4) == 0) {
                units.add(unit);
            }
        }
        Collections.shuffle(units, random);
        List<Piece> pieces = new ArrayList<>(batches(
                payloads(units.stream().filter(unit -> !unit.registered()).toList())));
        for (Registered request : requests(units)) {
            pieces.add(random.nextInt(pieces.size() + 1), request);
        }
        var queue = new ConcurrentLinkedQueue<>(pieces);
        int workers = 1 + random.nextInt(4);
        if (workers == 1) {
            work(queue, applier, registrations);
            return;
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(workers)) {
            List<Future<?>> working = new ArrayList<>();
            for (int i = 0; i < workers; i++) {
                working.add(threads.submit(() -> work(queue, applier, registrations)));
            }
            for (Future<?> one : working) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError("a worker failed", e.getCause());
        }
    }

    /// As the pipeline does: a fault of the moment, such as a lock that two workers wait for, is tried again.
    private void work(ConcurrentLinkedQueue<Piece> queue, EventApplier applier, Registrations registrations) {
        for (Piece piece = queue.poll(); piece != null; piece = queue.poll()) {
            switch (piece) {
                case Batch(List<PayloadWork> payloads) -> {
                    List<PayloadWork> unseen =
                            payloads.stream().map(this::withoutSeen).toList();
                    patiently(() -> apply(unseen, applier));
                }
                case Registered(List<Registrations.Line> lines) ->
                    patiently(() -> assertThat(registrations.register(lines)).isEmpty());
            }
        }
    }

    private void apply(List<PayloadWork> unseen, EventApplier applier) {
        for (EventApplier.Result result : applier.apply(unseen, new EventApplier.Progress())) {
            if (result.failed() > 0) {
                throw new AssertionError("an item failed: " + result.payload().id());
            }
        }
        remember(unseen);
    }

    private static void patiently(Runnable work) {
        for (int attempt = 1; ; attempt++) {
            try {
                work.run();
                return;
            } catch (org.jooq.exception.DataAccessException e) {
                if (attempt == 20) {
                    throw e;
                }
            }
        }
    }

    private List<Registered> requests(List<Unit> units) {
        List<Registrations.Line> lines = new ArrayList<>();
        for (Unit unit : units) {
            if (unit.registered()) {
                lines.add(Registrations.Line.parse(lines.size() + 1, JSON.writeValueAsString(unit.change())));
            }
        }
        List<Registered> requests = new ArrayList<>();
        for (int from = 0; from < lines.size(); ) {
            int to = Math.min(lines.size(), from + 1 + random.nextInt(3));
            requests.add(new Registered(List.copyOf(lines.subList(from, to))));
            from = to;
        }
        return requests;
    }

    private PayloadWork withoutSeen(PayloadWork work) {
        return work.without(IntStream.range(0, work.facts().size())
                .filter(i -> digest(work.facts().get(i))
                        .equals(seen.get(work.facts().get(i).item().key())))
                .boxed()
                .toList());
    }

    private void remember(List<PayloadWork> batch) {
        if (remembers) {
            batch.forEach(
                    work -> work.facts().forEach(fact -> seen.put(fact.item().key(), digest(fact))));
        }
    }

    private static ByteBuffer digest(Fact fact) {
        return ByteBuffer.wrap(SeenEvents.digest(fact));
    }

    private List<byte[]> payloads(List<Unit> units) {
        List<byte[]> payloads = new ArrayList<>();
        for (int from = 0; from < units.size(); ) {
            int to = Math.min(units.size(), from + 1 + random.nextInt(4));
            payloads.add(payload(units.subList(from, to)));
            from = to;
        }
        return payloads;
    }

    private byte[] payload(List<Unit> units) {
        List<Object> entries = new ArrayList<>();
        List<Unit> together = new ArrayList<>();
        for (Unit unit : units) {
            @Nullable Unit last = together.isEmpty() ? null : together.getLast();
            if (last != null && !(last.belongsWith(unit) && random.nextBoolean())) {
                entries.add(Unit.entry(together));
                together = new ArrayList<>();
            }
            together.add(unit);
        }
        entries.add(Unit.entry(together));
        Map<String, Object> payload = new LinkedHashMap<>();
        payload.put("object", "whatsapp_business_account");
        payload.put("entry", entries);
        return JSON.writeValueAsString(payload).getBytes(UTF_8);
    }

    private List<Batch> batches(List<byte[]> payloads) {
        List<Batch> batches = new ArrayList<>();
        for (int from = 0; from < payloads.size(); ) {
            int to = Math.min(payloads.size(), from + 1 + random.nextInt(6));
            batches.add(
                    new Batch(payloads.subList(from, to).stream().map(Way::work).toList()));
            from = to;
        }
        return batches;
    }

    private static PayloadWork work(byte[] body) {
        Instant now = Instant.now();
        UUID attempt = PayloadId.at(now).value();
        return PayloadWork.of(PayloadId.at(now).value(), attempt, now, "test", false, INTERPRETER.interpret(body));
    }
}
