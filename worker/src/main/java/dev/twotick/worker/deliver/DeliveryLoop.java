package dev.twotick.worker.deliver;

import dev.twotick.worker.outbox.DeliveryLedger;
import dev.twotick.worker.outbox.HookSettings;
import dev.twotick.worker.outbox.OwedCall;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;

/// Makes the hook calls that are owed.
public final class DeliveryLoop implements AutoCloseable {

    public DeliveryLoop(DeliveryLedger ledger, HookSettings settings, MeterRegistry metrics) {}

    public void start() {}

    /// How many first attempts it takes now: what `apply` passes as `leaseUpTo`.
    public int free() {
        return 0;
    }

    /// Call after the commit. Never blocks: the calls are handed over.
    public void sendFirst(List<OwedCall> owed) {}

    /// Ends calls in flight within a bound, and gives back the leases that it did not use.
    @Override
    public void close() {}
}
