package dev.twotick.worker.deliver;

import dev.twotick.worker.outbox.CallOutcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/// What operators see of hook calls.
final class DeliveryMetrics {
    private final Timer delivered;
    private final Timer retry;
    private final Timer dead;
    private final Counter returned;
    private final Counter lost;
    private final Counter parked;

    DeliveryMetrics(MeterRegistry registry, EndpointQueues queues, ClockWatch clock) {
        delivered = timer(registry, "delivered");
        retry = timer(registry, "retry");
        dead = timer(registry, "dead");
        returned = Counter.builder("twotick.hook.leases.returned")
                .description("Hook calls that were leased and given back unsent")
                .register(registry);
        lost = Counter.builder("twotick.hook.leases.lost")
                .description("Hook calls that outlived their lease, so that another worker may have made them too")
                .register(registry);
        parked = Counter.builder("twotick.hook.parked")
                .description("Hook calls laid aside, because their receiver refuses what they hold and takes others")
                .register(registry);
        Gauge.builder("twotick.hook.in.flight", queues, EndpointQueues::inFlight)
                .description("Hook calls being made")
                .register(registry);
        Gauge.builder("twotick.hook.held", queues, EndpointQueues::held)
                .description("Hook calls leased to this process and not yet recorded")
                .register(registry);
        Gauge.builder("twotick.hook.held.bytes", queues, EndpointQueues::heldBytes)
                .description("Bodies of hook calls that wait in this process or are being made")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("twotick.hook.clock.ahead", clock, ClockWatch::aheadSeconds)
                .description(
                        "How far the clock that stamps calls is ahead of PostgreSQL's; receivers refuse five minutes")
                .baseUnit("seconds")
                .register(registry);
    }

    void ended(CallOutcome outcome, Duration took) {
        switch (outcome) {
            case CallOutcome.Delivered _ -> delivered.record(took);
            case CallOutcome.RetryIn _, CallOutcome.Apart _ -> retry.record(took);
            case CallOutcome.Abandoned _, CallOutcome.Refused _, CallOutcome.Gone _ -> dead.record(took);
            case CallOutcome.Unsent _ -> returned.increment();
        }
    }

    void parked(int calls) {
        parked.increment(calls);
    }

    void lost(int calls) {
        lost.increment(calls);
    }

    private static Timer timer(MeterRegistry registry, String outcome) {
        return Timer.builder("twotick.hook.attempts")
                .description("Hook calls made, by what came of them")
                .tag("outcome", outcome)
                .register(registry);
    }
}
