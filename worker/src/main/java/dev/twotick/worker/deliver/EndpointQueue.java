package dev.twotick.worker.deliver;

import dev.twotick.worker.outbox.CallOutcome;
import dev.twotick.worker.outbox.Endpoint;
import dev.twotick.worker.outbox.Endpoint.Circuit;
import dev.twotick.worker.outbox.Endpoint.Limits;
import dev.twotick.worker.outbox.OwedCall;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/// One endpoint's calls: what waits, how many are in flight, how many may be. [EndpointQueues] owns it, and guards it.
final class EndpointQueue {
    /// Calls held for one endpoint.
    static final int HELD = 1_024;

    private static final int FIRST_LIMIT = 8;
    private static final long STUCK_NANOS = 1_000_000_000;

    final ArrayDeque<OwedCall> waiting = new ArrayDeque<>();
    private Endpoint endpoint;
    /// Leased, and not yet recorded or given back.
    int held;
    /// Of the bodies of calls that have not ended, those within the budget.
    long bytes;
    int inFlight;
    /// Their calls ended, and the outcomes are not yet written.
    int unwritten;
    boolean inTurn;
    /// Calls may go there; not so while it is paused.
    boolean open;
    /// The one call of a pause that is over is under way.
    boolean probing;
    /// It is no longer among the active endpoints.
    boolean gone;
    /// The database holds more that is due than there was room for.
    boolean moreWaits;

    private final int limitUnlessSaid;
    private int limit;
    private boolean failing;
    private long lastEnd = System.nanoTime();

    /// @param greatestLimit unless the endpoint has one of its own
    EndpointQueue(Endpoint endpoint, int greatestLimit) {
        this.endpoint = endpoint;
        this.open = endpoint.circuit() == Circuit.CLOSED;
        this.limitUnlessSaid = greatestLimit;
        this.limit = Math.min(FIRST_LIMIT, greatestLimit());
    }

    private int greatestLimit() {
        return endpoint.limits().concurrency().orElse(limitUnlessSaid);
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /// As it is now: its limit may be another.
    void endpoint(Endpoint now) {
        endpoint = now;
        limit = Math.min(limit, greatestLimit());
    }

    /// One that fails is called no faster than its failures are counted, so that its pause comes in time.
    boolean mayStart() {
        return !waiting.isEmpty() && ((failing && limit == 1) ? inFlight + unwritten == 0 : inFlight < limit);
    }

    /// An endpoint that answers well may have more calls at once; one that fails, fewer: a dead one ties up little,
    /// even before it is paused.
    ///
    /// @param sent so many events went in the call
    void ended(CallOutcome outcome, int sent) {
        inFlight--;
        unwritten += sent;
        probing = false;
        lastEnd = System.nanoTime();
        switch (outcome) {
            case CallOutcome.Delivered _ -> {
                failing = false;
                limit = Math.min(greatestLimit(), limit + 1);
            }
            case CallOutcome.Apart apart when apart.isFinal() -> {}
            case CallOutcome.RetryIn _, CallOutcome.Apart _, CallOutcome.Abandoned _, CallOutcome.Gone _ -> {
                failing = true;
                limit = Math.max(1, limit / 2);
            }
            case CallOutcome.Refused _, CallOutcome.Unsent _ -> {}
        }
    }

    /// What goes in the next call: what has waited longest, and, where there are batches, what waits with it.
    List<OwedCall> take() {
        OwedCall first = waiting.remove();
        int most = batch();
        List<OwedCall> together = new ArrayList<>(List.of(first));
        if (most > 1 && !first.alone()) {
            long bytes = HookBody.bytesInBatch(first);
            for (Iterator<OwedCall> each = waiting.iterator(); together.size() < most && each.hasNext(); ) {
                OwedCall next = each.next();
                if (!next.alone() && bytes + HookBody.bytesInBatch(next) <= Limits.MOST_BYTES_OF_BATCH) {
                    bytes += HookBody.bytesInBatch(next);
                    together.add(next);
                    each.remove();
                }
            }
        }
        return together;
    }

    /// As many events at most go in one call.
    int batch() {
        return endpoint.limits().batch().orElse(1);
    }

    /// So many events are held when it is busy: enough to last while the next are claimed.
    int target() {
        return (int) Math.min(HELD, Math.max(8L * limit, Math.min(HELD / 2, 8L * limit * batch())));
    }

    /// Of what goes alone where others go together, no more than can be made while its lease lasts.
    int callsToClaim() {
        if (batch() == 1) {
            return target();
        }
        long alone = waiting.stream().filter(OwedCall::alone).count();
        return (int) Math.max(1, 8L * limit - alone);
    }

    /// Not stuck: it has a slot free, or one became free a moment ago.
    boolean moves() {
        return inFlight < limit || System.nanoTime() - lastEnd < STUCK_NANOS;
    }
}
