package dev.twotick.worker.console.live;

import dev.twotick.worker.outbox.EventPlace;
import java.util.List;

/// A socket that is not where the others are. While it waits for its turn to read, it may be told by those whose turn
/// it is, one at a time, and of nothing that does not follow what it has.
final class LaggingSocket {
    private final LiveSocket socket;
    private EventPlace place;
    private boolean farBehind;
    private boolean waits;

    /// @param farBehind there may be much after that place
    LaggingSocket(LiveSocket socket, EventPlace place, boolean farBehind) {
        this.socket = socket;
        this.place = place;
        this.farBehind = farBehind;
    }

    /// What there is between two places.
    ///
    /// @param more after those
    record Missed(EventPlace from, List<LiveFrame> frames, EventPlace to, boolean more) {
        Missed {
            frames = List.copyOf(frames);
        }

        private boolean holds(EventPlace at) {
            return at.compareTo(from) >= 0 && at.compareTo(to) <= 0;
        }
    }

    /// For its turn: else it is told by nobody here.
    synchronized LaggingSocket waits(boolean does) {
        waits = does;
        return this;
    }

    /// If it goes on there.
    synchronized void tell(Missed missed) {
        if (waits && missed.holds(place) && socket.hasRoom()) {
            missed.frames().forEach(socket::tell);
            socket.reached(missed.to());
            place = missed.to();
            farBehind = missed.more();
        }
    }

    synchronized EventPlace place() {
        return place;
    }

    synchronized boolean isFarBehind() {
        return farBehind;
    }
}
