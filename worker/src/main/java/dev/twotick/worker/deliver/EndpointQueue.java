package dev.twotick.worker.deliver;

import dev.twotick.worker.outbox.CallOutcome;
import dev.twotick.worker.outbox.Endpoint;
import dev.twotick.worker.outbox.Endpoint.Circuit;
import dev.twotick.worker.outbox.OwedCall;
import java.util.ArrayDeque;

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
    /// Ended, and the outcome is not yet written.
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
    void ended(CallOutcome outcome) {
        inFlight--;
        probing = false;
        lastEnd = System.nanoTime();
        switch (outcome) {
            case CallOutcome.Delivered _ -> {
                unwritten++;
                failing = false;
                limit = Math.min(greatestLimit(), limit + 1);
            }
            case CallOutcome.RetryIn _, CallOutcome.Abandoned _, CallOutcome.Gone _ -> {
                unwritten++;
                failing = true;
                limit = Math.max(1, limit / 2);
            }
            case CallOutcome.Refused _ -> unwritten++;
            case CallOutcome.Unsent _ -> {}
        }
    }

    /// So many calls are held when it is busy: enough to last while the next are claimed.
    int target() {
        return Math.min(HELD, 8 * limit);
    }

    /// Not stuck: it has a slot free, or one became free a moment ago.
    boolean moves() {
        return inFlight < limit || System.nanoTime() - lastEnd < STUCK_NANOS;
    }
}
