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
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Leased calls, each in its endpoint's lane, and the rule of who goes next: lanes take turns, each within its own
/// limit and all within the process's. A call is *held* from its lease until its outcome is written. Thread-safe.
final class Lanes {
    /// Calls held in all: bounds memory.
    private static final int HELD = 4_096;

    private final int concurrency;
    private final int concurrencyPerLane;
    private final long bodyBytes;
    private final Map<UUID, Lane> lanes = new HashMap<>();
    private final ArrayDeque<Lane> turns = new ArrayDeque<>();
    private int inFlight;
    private int held;
    private long heldBytes;
    private @Nullable OwedCall outsize;

    /// @param bodyBytes so many bytes of bodies are held at once, and one more that does not fit in its lane's share
    Lanes(int concurrency, int concurrencyPerLane, long bodyBytes) {
        this.bodyBytes = bodyBytes;
        this.concurrency = concurrency;
        this.concurrencyPerLane = concurrencyPerLane;
    }

    record Start(Endpoint endpoint, OwedCall call) {}

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
        for (Iterator<Lane> each = lanes.values().iterator(); each.hasNext(); ) {
            Lane lane = each.next();
            Endpoint now = known.get(lane.endpoint.id());
            lane.gone = now == null;
            lane.open = now != null && now.circuit() == Circuit.CLOSED;
            if (!lane.open && !lane.probing) {
                back.addAll(empty(lane));
            }
            if (lane.gone && lane.held == 0) {
                each.remove();
            }
        }
        for (Endpoint endpoint : active) {
            lanes.computeIfAbsent(endpoint.id(), _ -> new Lane(endpoint, concurrencyPerLane)).endpoint = endpoint;
        }
        return back;
    }

    /// These endpoints have just been paused or disabled.
    ///
    /// @return their calls that have not begun: to be given back
    synchronized List<OwedCall> close(Set<UUID> endpoints) {
        List<OwedCall> back = new ArrayList<>();
        for (UUID id : endpoints) {
            Lane lane = lanes.get(id);
            if (lane != null) {
                lane.open = false;
                back.addAll(empty(lane));
            }
        }
        return back;
    }

    /// @param probe the one call that may go to a paused endpoint
    synchronized Taken offer(OwedCall call, boolean probe) {
        Lane lane = lanes.get(call.endpointId());
        if (lane == null || lane.gone) {
            return Taken.UNKNOWN;
        }
        if ((!lane.open && !probe) || lane.held >= Lane.HELD || !holdBody(lane, call)) {
            return Taken.NO_ROOM;
        }
        lane.probing |= probe;
        lane.held++;
        held++;
        lane.waiting.add(call);
        takeTurn(lane);
        return Taken.YES;
    }

    /// The next call to make; null when there is none, or no slot for it.
    synchronized @Nullable Start next() {
        while (inFlight < concurrency && !turns.isEmpty()) {
            Lane lane = turns.remove();
            lane.inTurn = false;
            if (!lane.mayStart()) {
                continue;
            }
            OwedCall call = lane.waiting.remove();
            lane.inFlight++;
            inFlight++;
            takeTurn(lane);
            return new Start(lane.endpoint, call);
        }
        return null;
    }

    /// A call that [#next] gave has ended. An endpoint that answers well may have more of them at once, up to its
    /// limit; one that fails, fewer: a dead one ties up little, even before it is paused. One that was not sent
    /// after all is held no longer.
    synchronized void ended(OwedCall call, CallOutcome outcome) {
        Lane lane = lane(call);
        inFlight--;
        letGoOfBody(lane, call);
        lane.ended(outcome);
        if (outcome instanceof CallOutcome.Unsent) {
            letGo(lane, 1);
        }
        takeTurn(lane);
        notifyAll();
    }

    /// The outcome of a call that was sent is written.
    synchronized void written(OwedCall call) {
        Lane lane = lane(call);
        lane.unwritten--;
        letGo(lane, 1);
        takeTurn(lane);
    }

    /// @return whether there now is room for calls that were left waiting in the database
    synchronized boolean roomForMore() {
        boolean room = false;
        for (Lane lane : lanes.values()) {
            if (lane.moreWaits && lane.held < lane.target() / 2 && room(lane) >= outsize()) {
                lane.moreWaits = false;
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
        for (Lane lane : lanes.values()) {
            boolean probe = probes.contains(lane.endpoint.id());
            int most = probe ? 1 : lane.open ? lane.target() - lane.held : 0;
            if (!lane.gone && most > 0 && all > 0) {
                rooms.add(new Room(lane.endpoint.id(), Math.min(most, all), room(lane), probe));
                all -= Math.min(most, all);
            }
        }
        return new Rooms(rooms, left() / 2, outsize == null ? outsize() : Long.MAX_VALUE);
    }

    /// More calls to these endpoints are due than there was room for.
    synchronized void moreWaits(Set<UUID> endpoints) {
        for (UUID id : endpoints) {
            Lane lane = lanes.get(id);
            if (lane != null) {
                lane.moreWaits = true;
            }
        }
    }

    // A lane holds at most twice the bytes that it leaves to all others: so one alone has two thirds, and however many
    // are full of large bodies, there is room for the small ones of another. One body at a time is outside of this,
    // when it is a large one for which its lane has no room: so a body of any size is sent.

    private long left() {
        return bodyBytes - heldBytes;
    }

    /// For what one claim brings to a lane: all lanes together get half of what is left.
    private long room(Lane lane) {
        return Math.max(0, Math.min(left() - lane.bytes, left() / 2));
    }

    private long outsize() {
        return bodyBytes / 8;
    }

    private boolean holdBody(Lane lane, OwedCall call) {
        int size = call.body().length;
        if (lane.bytes + size <= 2 * (left() - size)) {
            lane.bytes += size;
            heldBytes += size;
        } else if (outsize == null && size >= outsize()) {
            outsize = call;
        } else {
            return false;
        }
        return true;
    }

    private void letGoOfBody(Lane lane, OwedCall call) {
        if (call.equals(outsize)) {
            outsize = null;
        } else {
            lane.bytes -= call.body().length;
            heldBytes -= call.body().length;
        }
    }

    /// How many more calls could be held, by the fullest lane that moves: a stuck one does not count.
    synchronized int free() {
        int room = Lane.HELD;
        for (Lane lane : lanes.values()) {
            if (lane.moves()) {
                room = Math.min(room, Lane.HELD - lane.held);
            }
        }
        return Math.max(0, Math.min(room, HELD - held));
    }

    /// How many more bytes of bodies could be held, by the fullest lane that moves.
    synchronized long freeBytes() {
        return lanes.values().stream()
                .filter(Lane::moves)
                .mapToLong(this::room)
                .min()
                .orElse(left() / 2);
    }

    /// Whether an endpoint's pause is over, and its probe would have room.
    synchronized boolean probeDue() {
        return outsize == null
                && left() / 2 >= outsize()
                && lanes.values().stream().anyMatch(lane -> lane.endpoint.circuit() == Circuit.PROBE_DUE && !lane.gone);
    }

    /// All that has not begun; it is held no longer.
    synchronized List<OwedCall> drain() {
        return List.copyOf(lanes.values()).stream()
                .flatMap(lane -> empty(lane).stream())
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

    synchronized long paused() {
        return lanes.values().stream()
                .filter(lane -> lane.endpoint.circuit() != Circuit.CLOSED)
                .count();
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

    private Lane lane(OwedCall call) {
        return Objects.requireNonNull(lanes.get(call.endpointId()), "a lane stays while it holds calls");
    }

    private List<OwedCall> empty(Lane lane) {
        List<OwedCall> waiting = List.copyOf(lane.waiting);
        lane.waiting.clear();
        waiting.forEach(call -> letGoOfBody(lane, call));
        letGo(lane, waiting.size());
        return waiting;
    }

    private void letGo(Lane lane, int calls) {
        lane.held -= calls;
        held -= calls;
    }

    private void takeTurn(Lane lane) {
        if (!lane.inTurn && lane.mayStart()) {
            lane.inTurn = true;
            turns.add(lane);
        }
    }
}
