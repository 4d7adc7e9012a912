package dev.twotick.worker.deliver;

import dev.twotick.worker.outbox.CallOutcome;
import dev.twotick.worker.outbox.DeliveryLedger.Room;
import dev.twotick.worker.outbox.DeliveryLedger.Rooms;
import dev.twotick.worker.outbox.Endpoint;
import dev.twotick.worker.outbox.Endpoint.Circuit;
import dev.twotick.worker.outbox.OwedCall;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Leased calls, each in its endpoint's queue, and the rule of who goes next: queues take turns, each within its own
/// limit and all within the process's. A call is *held* from its lease until its outcome is written. Thread-safe.
final class EndpointQueues {
    /// Calls held in all: bounds memory.
    private static final int HELD = 4_096;

    private final int concurrency;
    private final int concurrencyPerEndpoint;
    private final long bodyBytes;
    private final Map<UUID, EndpointQueue> queues = new HashMap<>();
    private final ArrayDeque<EndpointQueue> turns = new ArrayDeque<>();
    private int turn; // so many have had room in claims
    private int inFlight;
    private int held;
    private long heldBytes;
    private @Nullable OwedCall outsize;

    /// @param bodyBytes so many bytes of bodies are held at once, and one more that does not fit in its queue's share
    EndpointQueues(int concurrency, int concurrencyPerEndpoint, long bodyBytes) {
        this.bodyBytes = bodyBytes;
        this.concurrency = concurrency;
        this.concurrencyPerEndpoint = concurrencyPerEndpoint;
    }

    /// A call that may be made.
    ///
    /// @param calls one; of an endpoint that has batches all that go together
    record Start(Endpoint endpoint, List<OwedCall> calls) {
        Start {
            calls = List.copyOf(calls);
        }
    }

    /// What became of a call that was offered.
    enum Taken {
        YES,
        /// The endpoint is paused, or holds as much as it may.
        NO_ROOM,
        /// It is not among the active endpoints that were last read.
        UNKNOWN
    }

    /// The endpoints as they are now.
    ///
    /// @return calls of endpoints that are no longer called: to be given back
    synchronized List<OwedCall> endpoints(List<Endpoint> active) {
        List<OwedCall> back = new ArrayList<>();
        Map<UUID, Endpoint> known = new HashMap<>();
        active.forEach(endpoint -> known.put(endpoint.id(), endpoint));
        for (Iterator<EndpointQueue> each = queues.values().iterator(); each.hasNext(); ) {
            EndpointQueue queue = each.next();
            Endpoint now = known.get(queue.endpoint().id());
            queue.gone = now == null;
            queue.open = now != null && now.circuit() == Circuit.CLOSED;
            if (!queue.open && !queue.probing) {
                back.addAll(empty(queue));
            }
            if (queue.gone && queue.held == 0) {
                each.remove();
            }
        }
        for (Endpoint endpoint : active) {
            queues.computeIfAbsent(endpoint.id(), _ -> new EndpointQueue(endpoint, concurrencyPerEndpoint))
                    .endpoint(endpoint);
        }
        return back;
    }

    /// These endpoints have just been paused or disabled.
    ///
    /// @return their calls that have not begun: to be given back
    synchronized List<OwedCall> close(Set<UUID> endpoints) {
        List<OwedCall> back = new ArrayList<>();
        for (UUID id : endpoints) {
            EndpointQueue queue = queues.get(id);
            if (queue != null) {
                queue.open = false;
                back.addAll(empty(queue));
            }
        }
        return back;
    }

    /// @param probe the one call that may go to a paused endpoint
    synchronized Taken offer(OwedCall call, boolean probe) {
        EndpointQueue queue = queues.get(call.endpointId());
        if (queue == null || queue.gone) {
            return Taken.UNKNOWN;
        }
        if ((!queue.open && !probe) || queue.held >= EndpointQueue.HELD || !holdBody(queue, call)) {
            return Taken.NO_ROOM;
        }
        queue.probing |= probe;
        queue.held++;
        held++;
        queue.waiting.add(call);
        takeTurn(queue);
        return Taken.YES;
    }

    /// The next call to make; null when there is none, or no slot for it.
    synchronized @Nullable Start next() {
        while (inFlight < concurrency && !turns.isEmpty()) {
            EndpointQueue queue = turns.remove();
            queue.inTurn = false;
            if (!queue.mayStart()) {
                continue;
            }
            Start start = new Start(queue.endpoint(), queue.take());
            queue.inFlight++;
            inFlight++;
            takeTurn(queue);
            return start;
        }
        return null;
    }

    /// A call that [#next] gave has ended. An endpoint that answers well may have more of them at once, up to its
    /// limit; one that fails, fewer: a dead one ties up little, even before it is paused. What was not sent
    /// after all is held no longer.
    ///
    /// @param sent so many of its events
    synchronized void ended(Start start, CallOutcome outcome, int sent) {
        EndpointQueue queue = queue(start.calls().getFirst());
        inFlight--;
        start.calls().forEach(call -> letGoOfBody(queue, call));
        queue.ended(outcome, sent);
        letGo(queue, start.calls().size() - sent);
        takeTurn(queue);
        notifyAll();
    }

    /// The outcome of a call that was sent is written.
    synchronized void written(OwedCall call) {
        EndpointQueue queue = queue(call);
        queue.unwritten--;
        letGo(queue, 1);
        takeTurn(queue);
    }

    /// @return whether there now is room for calls that were left waiting in the database
    synchronized boolean roomForMore() {
        boolean room = false;
        for (EndpointQueue queue : queues.values()) {
            if (queue.moreWaits && queue.held < queue.target() / 2 && room(queue) >= outsize()) {
                queue.moreWaits = false;
                room = true;
            }
        }
        return room;
    }

    /// Room for claims.
    ///
    /// @param probes endpoints of which this process may call one, although they are paused
    synchronized Rooms rooms(Set<UUID> probes) {
        int all = HELD - held;
        List<Room> rooms = new ArrayList<>();
        for (EndpointQueue queue : inTurn(probes)) {
            boolean probe = probes.contains(queue.endpoint().id());
            int most = probe ? 1 : queue.open ? queue.target() - queue.held : 0;
            if (!queue.gone && most > 0 && all > 0) {
                rooms.add(new Room(
                        queue.endpoint().id(),
                        Math.min(most, all),
                        Math.min(queue.callsToClaim(), Math.min(most, all)),
                        queue.batch(),
                        room(queue),
                        probe,
                        queue.endpoint().limits().rated()));
                all -= Math.min(most, all);
            }
        }
        turn += rooms.size();
        return new Rooms(rooms, left() / 2, outsize == null ? outsize() : Long.MAX_VALUE);
    }

    /// Who got no room the last time is first now: room is offered to those, too, who are owed nothing. A probe that
    /// was taken is made.
    private List<EndpointQueue> inTurn(Set<UUID> probes) {
        List<EndpointQueue> all = new ArrayList<>(queues.values());
        Collections.rotate(all, -turn);
        all.sort(Comparator.comparing(queue -> !probes.contains(queue.endpoint().id())));
        return all;
    }

    /// More calls to these endpoints are due than there was room for.
    synchronized void moreWaits(Set<UUID> endpoints) {
        for (UUID id : endpoints) {
            EndpointQueue queue = queues.get(id);
            if (queue != null) {
                queue.moreWaits = true;
            }
        }
    }

    // A queue holds at most twice the bytes that it leaves to all others: so one alone has two thirds, and however many
    // are full of large bodies, there is room for the small ones of another. One body at a time is outside of this,
    // when it is a large one for which its queue has no room: so a body of any size is sent.

    private long left() {
        return bodyBytes - heldBytes;
    }

    /// For what one claim brings to a queue: all queues together get half of what is left.
    private long room(EndpointQueue queue) {
        return Math.max(0, Math.min(left() - queue.bytes, left() / 2));
    }

    private long outsize() {
        return bodyBytes / 8;
    }

    private boolean holdBody(EndpointQueue queue, OwedCall call) {
        int size = call.body().length;
        if (queue.bytes + size <= 2 * (left() - size)) {
            queue.bytes += size;
            heldBytes += size;
        } else if (outsize == null && size >= outsize()) {
            outsize = call;
        } else {
            return false;
        }
        return true;
    }

    private void letGoOfBody(EndpointQueue queue, OwedCall call) {
        if (call.equals(outsize)) {
            outsize = null;
        } else {
            queue.bytes -= call.body().length;
            heldBytes -= call.body().length;
        }
    }

    /// How many more calls could be held, by the fullest queue that moves: a stuck one does not count.
    synchronized int free() {
        int room = EndpointQueue.HELD;
        for (EndpointQueue queue : queues.values()) {
            if (queue.moves()) {
                room = Math.min(room, EndpointQueue.HELD - queue.held);
            }
        }
        return Math.max(0, Math.min(room, HELD - held));
    }

    /// How many more bytes of bodies could be held, by the fullest queue that moves.
    synchronized long freeBytes() {
        return queues.values().stream()
                .filter(EndpointQueue::moves)
                .mapToLong(this::room)
                .min()
                .orElse(left() / 2);
    }

    /// Whether an endpoint's pause is over, and its probe would have room.
    synchronized boolean probeDue() {
        return outsize == null
                && left() / 2 >= outsize()
                && queues.values().stream()
                        .anyMatch(queue -> queue.endpoint().circuit() == Circuit.PROBE_DUE && !queue.gone);
    }

    /// All that has not begun; it is held no longer.
    synchronized List<OwedCall> drain() {
        return List.copyOf(queues.values()).stream()
                .flatMap(queue -> empty(queue).stream())
                .toList();
    }

    /// @return false when calls are still being made after so long
    synchronized boolean awaitEnd(Duration atMost) throws InterruptedException {
        long until = System.nanoTime() + atMost.toNanos();
        while (inFlight > 0) {
            long left = until - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    synchronized int inFlight() {
        return inFlight;
    }

    synchronized int held() {
        return held;
    }

    synchronized long heldBytes() {
        return heldBytes + (outsize == null ? 0 : outsize.body().length);
    }

    private EndpointQueue queue(OwedCall call) {
        return Objects.requireNonNull(queues.get(call.endpointId()), "a queue stays while it holds calls");
    }

    private List<OwedCall> empty(EndpointQueue queue) {
        List<OwedCall> waiting = List.copyOf(queue.waiting);
        queue.waiting.clear();
        waiting.forEach(call -> letGoOfBody(queue, call));
        letGo(queue, waiting.size());
        return waiting;
    }

    private void letGo(EndpointQueue queue, int calls) {
        queue.held -= calls;
        held -= calls;
    }

    private void takeTurn(EndpointQueue queue) {
        if (!queue.inTurn && queue.mayStart()) {
            queue.inTurn = true;
            turns.add(queue);
        }
    }
}
