package dev.twotick.worker.deliver;

import dev.twotick.model.process.Backoff;
import dev.twotick.model.process.Loop;
import dev.twotick.model.trace.TraceId;
import dev.twotick.worker.deliver.EndpointQueues.Start;
import dev.twotick.worker.deliver.EndpointQueues.Taken;
import dev.twotick.worker.outbox.CallOutcome;
import dev.twotick.worker.outbox.CallTrace;
import dev.twotick.worker.outbox.DeliveryLedger;
import dev.twotick.worker.outbox.DeliveryLedger.Claimed;
import dev.twotick.worker.outbox.DeliveryLedger.Recorded;
import dev.twotick.worker.outbox.DeliveryLedger.Room;
import dev.twotick.worker.outbox.DeliveryLedger.Rooms;
import dev.twotick.worker.outbox.Endpoint;
import dev.twotick.worker.outbox.FinishedCall;
import dev.twotick.worker.outbox.FinishedCall.Batch;
import dev.twotick.worker.outbox.HookSettings;
import dev.twotick.worker.outbox.OwedCall;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// Makes the hook calls that are owed: first attempts that this process committed as they are handed over,
/// everything else as it falls due and is claimed. One thread claims, one records, a virtual thread makes each call.
public final class DeliveryLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DeliveryLoop.class);
    // One sixteenth is for bodies. Beside them there is at times what the driver reads them into (twice their size, of
    // half of them), the one body that is larger than its room, and its copies.
    private static final int SHARE_OF_HEAP = 16;
    // so much of that again is for answers whose outcomes wait for PostgreSQL
    private static final int SHARE_OF_BODIES = 4;
    private static final Duration SHORTEST_POLL = Duration.ofMillis(250);
    private static final Duration LONGEST_POLL = Duration.ofSeconds(1);
    private static final Duration REFRESH = Duration.ofSeconds(1);
    private static final Duration LAST_WRITES = Duration.ofSeconds(2);
    private static final Duration LONGEST_DRAIN = Duration.ofSeconds(6);

    private final DeliveryLedger ledger;
    private final Duration timeout;
    private final RetrySchedule schedule;
    private final EndpointQueues queues;
    private final HookSender sender;
    private final ClockWatch clockWatch;
    private final Recorder recorder;
    private final DeliveryMetrics metrics;

    private final Thread claimer = Loop.thread("hook-claim", this::claimNext);
    private final Alarm alarm = new Alarm();
    private final ConcurrentLinkedQueue<OwedCall> unplaced = new ConcurrentLinkedQueue<>();
    private volatile boolean closing;
    private volatile boolean cut;
    private volatile boolean endpointsChanged = true;
    private long refreshedAt;
    private final Backoff poll = new Backoff(SHORTEST_POLL, LONGEST_POLL);

    public DeliveryLoop(DeliveryLedger ledger, HookSettings settings, MeterRegistry registry) {
        this(
                ledger,
                settings,
                registry,
                RetrySchedule.STANDARD,
                InstantSource.system(),
                Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
    }

    DeliveryLoop(
            DeliveryLedger ledger,
            HookSettings settings,
            MeterRegistry registry,
            RetrySchedule schedule,
            InstantSource clock,
            long bodyBytes) {
        this.ledger = ledger;
        this.timeout = settings.timeout();
        this.schedule = schedule;
        queues = new EndpointQueues(settings.concurrency(), settings.endpointConcurrency(), bodyBytes);
        sender = new HookSender(settings, clock);
        recorder = new Recorder(ledger, this::written, bodyBytes / SHARE_OF_BODIES);
        clockWatch = new ClockWatch(clock);
        metrics = new DeliveryMetrics(registry, queues, clockWatch);
    }

    public void start() {
        recorder.start();
        claimer.start();
    }

    /// How many first attempts it takes now: what `apply` passes as `leaseUpTo`.
    public int free() {
        return closing || !unplaced.isEmpty() ? 0 : queues.free();
    }

    /// How many bytes their bodies may have in all.
    public long freeBytes() {
        return queues.freeBytes();
    }

    /// Call after the commit. Never blocks: the calls are handed over.
    public void sendFirst(List<OwedCall> owed) {
        synchronized (queues) { // what may go together is there before any of it goes
            for (OwedCall call : owed) {
                place(call, false);
            }
        }
        startCalls();
    }

    private void place(OwedCall call, boolean probe) {
        switch (closing ? Taken.NO_ROOM : queues.offer(call, probe)) {
            case YES -> {}
            case NO_ROOM -> giveBack(call);
            case UNKNOWN -> {
                unplaced.add(call);
                alarm.ring();
            }
        }
    }

    private void startCalls() {
        for (Start start = queues.next(); start != null; start = queues.next()) {
            Start begun = start;
            Thread.startVirtualThread(() -> make(begun));
        }
    }

    private void make(Start start) {
        long startedAt = System.nanoTime();
        Duration timeout = start.endpoint().limits().timeout();
        Map<Boolean, List<OwedCall>> inTime = start.calls().stream()
                .collect(Collectors.partitioningBy(call -> call.leaseLeft().compareTo(timeout) >= 0));
        List<OwedCall> calls = inTime.getOrDefault(true, List.of());
        List<OwedCall> late = inTime.getOrDefault(false, List.of());
        ExchangeTrace trace = new ExchangeTrace(startedAt);
        Optional<Answer> answer = calls.isEmpty() ? Optional.empty() : send(start.endpoint(), calls, trace);
        List<FinishedCall> sent = answer.stream()
                .flatMap(said -> finished(start.endpoint(), calls, said, startedAt, trace).stream())
                .toList();
        List<OwedCall> unsent = answer.isPresent() ? late : start.calls();
        List<FinishedCall> finished = Stream.concat(
                        sent.stream(), unsent.stream().map(FinishedCall::unsent))
                .toList();
        FinishedCall first = finished.getFirst();
        queues.ended(start, first.outcome(), sent.size());
        recorder.put(finished);
        startCalls();
        if (!sent.isEmpty()) {
            metrics.ended(first.outcome(), first.took());
        }
        unsent.forEach(_ -> metrics.ended(new CallOutcome.Unsent(), Duration.ZERO));
        report(start.endpoint(), first, trace.traceId());
    }

    /// @return nothing: it was cut by [#close]. Whether it arrived is unknown, so it is not counted, and made again
    private Optional<Answer> send(Endpoint endpoint, List<OwedCall> calls, ExchangeTrace trace) {
        Answer answer;
        try {
            answer = sender.send(endpoint, calls, trace);
        } catch (RuntimeException e) {
            trace.failedHere();
            answer = new Answer.None(e.getClass().getSimpleName());
        }
        return cut && answer instanceof Answer.None ? Optional.empty() : Optional.of(answer);
    }

    /// What became of each event.
    private List<FinishedCall> finished(
            Endpoint endpoint, List<OwedCall> calls, Answer answer, long startedAt, ExchangeTrace trace) {
        Duration took = Duration.ofNanos(System.nanoTime() - startedAt);
        @Nullable Batch batch = endpoint.limits().batch().isEmpty() ? null : Batch.of(endpoint, calls);
        CallTrace each = trace.kept().ofOneOf(calls.size(), HookSender.ANSWER_BYTES);
        Map<Integer, CallOutcome> byAttempt = new HashMap<>(); // those that fail together come again together
        return calls.stream()
                .map(call -> new FinishedCall(
                        call,
                        byAttempt.computeIfAbsent(
                                call.attempt(),
                                attempt -> schedule.outcome(
                                        answer,
                                        attempt,
                                        calls.size(),
                                        endpoint.limits().finalCodes(),
                                        ThreadLocalRandom.current())),
                        startedAt,
                        took,
                        each,
                        batch))
                .toList();
    }

    private static void report(Endpoint endpoint, FinishedCall finished, @Nullable TraceId trace) {
        OwedCall call = finished.call();
        Batch batch = finished.batch();
        LoggingEventBuilder line = finished.outcome() instanceof CallOutcome.Delivered ? log.atDebug() : log.atInfo();
        (trace == null ? line : line.addKeyValue(TraceId.KEY, (Supplier<Object>) trace::hex))
                .log(
                        "hook call endpoint={} event={} type={} attempt={} outcome={} status={} ms={} error=\"{}\"{}",
                        endpoint.name(),
                        call.eventId(),
                        call.type(),
                        call.attempt() + 1,
                        finished.wasSent() ? finished.outcome().recordedAs() : "unsent",
                        finished.outcome().statusCode(),
                        finished.took().toMillis(),
                        finished.outcome().error(),
                        batch == null ? "" : " batch=" + batch.id() + " events=" + batch.events());
    }

    private void giveBack(OwedCall call) {
        FinishedCall unsent = FinishedCall.unsent(call);
        metrics.ended(unsent.outcome(), Duration.ZERO);
        recorder.put(List.of(unsent));
    }

    private void written(List<FinishedCall> batch, Recorded recorded, Optional<Duration> soonestRetry) {
        List<FinishedCall> sent = batch.stream().filter(FinishedCall::wasSent).toList();
        queues.close(recorded.closed()).forEach(this::giveBack);
        sent.forEach(finished -> queues.written(finished.call()));
        boolean room = queues.roomForMore();
        startCalls();
        metrics.lost(sent.size() - recorded.written());
        metrics.parked(recorded.parked());
        soonestRetry.ifPresent(alarm::ringIn);
        if (recorded.endpointsChanged()) {
            endpointsChanged = true;
        }
        boolean nextInLine = sent.stream().anyMatch(finished -> finished.call().line() != null);
        if (room || nextInLine || recorded.endpointsChanged()) {
            alarm.ring();
        }
    }

    private boolean claimNext() throws InterruptedException {
        if (!closing) {
            if (claimed()) {
                poll.over();
            }
            alarm.await(poll.next());
        }
        return !closing;
    }

    private boolean claimed() {
        try {
            clockWatch.look(ledger::now);
            refreshEndpoints();
            return claimDue() > 0;
        } catch (RuntimeException e) {
            log.warn("hook calls not claimed reason=\"{}\"", Recorder.reason(e));
            return false;
        }
    }

    private void refreshEndpoints() {
        if (!endpointsChanged && unplaced.isEmpty() && System.nanoTime() - refreshedAt < REFRESH.toNanos()) {
            return;
        }
        endpointsChanged = false;
        int arrived;
        synchronized (queues) { // not in the middle of what came together
            arrived = unplaced.size();
        }
        queues.endpoints(ledger.endpoints()).forEach(this::giveBack);
        refreshedAt = System.nanoTime();
        synchronized (queues) {
            for (int i = 0; i < arrived; i++) {
                OwedCall call = unplaced.remove();
                if (queues.offer(call, false) != Taken.YES) {
                    giveBack(call);
                }
            }
        }
        startCalls();
    }

    /// @return how many calls were claimed
    private int claimDue() {
        Set<UUID> probes = queues.probeDue() ? ledger.takeProbes() : Set.of();
        Rooms rooms = queues.rooms(probes);
        Claimed claimed = ledger.claimDue(rooms);
        queues.moreWaits(claimed.moreWaits());
        claimed.rateLeavesMoreIn().ifPresent(alarm::setFor);
        Map<UUID, Long> counts =
                claimed.calls().stream().collect(Collectors.groupingBy(OwedCall::endpointId, Collectors.counting()));
        queues.moreWaits(rooms.each().stream()
                .filter(room -> counts.getOrDefault(room.endpointId(), 0L) >= Math.min(room.most(), room.calls()))
                .map(Room::endpointId)
                .collect(Collectors.toSet()));
        synchronized (queues) {
            claimed.calls().forEach(call -> place(call, probes.contains(call.endpointId())));
        }
        startCalls();
        if (!probes.isEmpty()) {
            endpointsChanged = true;
        }
        return claimed.calls().size();
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    /// Ends calls in flight, for the time of one call at most; gives back the leases that it did not use. Takes twelve
    /// seconds at the very most.
    @Override
    public void close() {
        closing = true;
        alarm.ring();
        try {
            if (claimer.isAlive() && !claimer.join(LAST_WRITES)) {
                log.warn("a claim of hook calls does not end; what it brings is given back, or its lease ends");
            }
            queues.drain().forEach(this::giveBack);
            unplaced.forEach(this::giveBack);
            boolean ended = queues.awaitEnd(shorter(timeout, LONGEST_DRAIN));
            cut = true;
            sender.close();
            if (!ended) {
                queues.awaitEnd(LAST_WRITES);
            }
            recorder.close(LAST_WRITES);
        } catch (InterruptedException e) {
            log.warn("interrupted while closing; calls in flight will be made again when their leases end");
            sender.close();
            Thread.currentThread().interrupt();
        }
    }
}
