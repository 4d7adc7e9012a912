package dev.twotick.worker.console.live;

import dev.twotick.model.process.Loop;
import dev.twotick.worker.outbox.EventFeed;
import dev.twotick.worker.outbox.EventFeed.Answer;
import dev.twotick.worker.outbox.EventFeed.Wanted;
import dev.twotick.worker.outbox.EventPlace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the events once for all sockets of this process, in the order that holds, and tells each socket. Who comes
/// back to an older place, or is slow, reads what it missed at its own pace, and joins where the others are. What
/// it reads is told to all who wait for their turn and miss the same, so that a thousand who come back to a console
/// that was started anew are no more work than one:
///
/// ```
/// all sockets               ────────────────●────▶ one read, on a signal, or each second
/// those that are behind  ●──▶──▶──▶──▶──▶──▶┘      reads of their own, shared where they meet
/// ```
final class LiveFeed {
    private static final Logger log = LoggerFactory.getLogger(LiveFeed.class);
    private static final Wanted WANTED = new Wanted(FrameType.EVENTS, Set.of());
    private static final int LIMIT = 500;
    private static final int LIMIT_MISSED = 200; // each of many sockets may hold so many
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration BEHIND = Duration.ofMillis(20); // somebody has not committed yet
    private static final Duration LONGEST_REST = Duration.ofMillis(20); // else as long as the last read took
    private static final Duration BETWEEN_MARKS = Duration.ofSeconds(10);
    private static final Duration BETWEEN_HINTS = Duration.ofMillis(250);
    private static final int READERS = 2; // of the console's connections, the rest is for pages

    private final EventFeed feed;
    private final LiveFrames frames;
    private final Set<LiveSocket> joined = ConcurrentHashMap.newKeySet();
    private final Set<LaggingSocket> waiting = ConcurrentHashMap.newKeySet(); // for their turn to read
    private final Semaphore signals = new Semaphore(0);
    private final Semaphore readers = new Semaphore(READERS, true); // else who reads much comes first again
    private final Thread thread = Loop.thread("live-feed", this::turn);
    private @Nullable EventPlace place; // of all that joined; null: nobody has
    private Duration pause = POLL;
    private boolean hintOwed;
    private long hintedAt = System.nanoTime();
    private long markedAt = System.nanoTime();
    private long readAt = System.nanoTime();
    private long restsUntil = System.nanoTime(); // whatever signals come
    private boolean reads = true;
    private volatile boolean applied; // a signal said so
    private volatile boolean ended;

    LiveFeed(DSLContext db) {
        feed = new EventFeed(db);
        frames = new LiveFrames(db);
    }

    void start() {
        thread.start();
    }

    /// There is something new, probably.
    void signal() {
        applied = true;
        signals.release();
    }

    private boolean turn() throws InterruptedException {
        boolean _ = signals.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
        signals.drainPermits();
        if (applied) {
            applied = false;
            hintOwed = true;
        }
        EventPlace from = joinedPlace();
        if (from == null) {
            pause = POLL;
            hintOwed = false;
        } else {
            if (isToRead()) {
                readPatiently(from);
            } else {
                pause = POLL;
            }
            hint();
            mark();
        }
        return !ended;
    }

    /// For those who hear hints alone, as an open overview does, no events need be read; once a second all the same, as
    /// a signal may be lost.
    private boolean isToRead() {
        return System.nanoTime() - readAt >= POLL.toNanos() || joined.stream().anyMatch(LiveSocket::wantsEvents);
    }

    private void readPatiently(EventPlace from) throws InterruptedException {
        try {
            Thread.sleep(Duration.ofNanos(Math.max(0, restsUntil - System.nanoTime())));
            readAt = System.nanoTime();
            read(from);
            long now = System.nanoTime();
            restsUntil = now + Math.min(now - readAt, LONGEST_REST.toNanos());
            reads = true;
        } catch (DataAccessException e) {
            if (reads) {
                reads = false;
                log.warn("live=waiting database={}", e.sqlState());
            }
            pause = POLL;
        }
    }

    /// Nobody is read for.
    private synchronized @Nullable EventPlace joinedPlace() {
        if (joined.isEmpty()) {
            place = null;
        }
        return place;
    }

    private void read(EventPlace from) {
        switch (feed.read(Optional.of(from), WANTED, LIMIT)) {
            case Answer.Read read -> {
                List<LiveFrame> made = frames.of(read.events());
                hintOwed |= !made.isEmpty();
                tell(made, read.next());
                pause = read.more() ? Duration.ZERO : read.behind() ? BEHIND : POLL;
            }
            // another life of this database
            case Answer.Gone gone ->
                joined.forEach(socket -> {
                    leave(socket);
                    gone(socket, gone);
                });
        }
    }

    private void tell(List<LiveFrame> made, EventPlace next) {
        List<LiveSocket> listening;
        synchronized (this) { // whoever joins from now on stands behind these
            place = next;
            listening = new ArrayList<>(joined);
        }
        List<LiveSocket> slow = new ArrayList<>();
        for (LiveFrame frame : made) {
            listening.removeIf(socket -> !tell(socket, frame, slow));
        }
        listening.forEach(socket -> socket.reached(next));
        slow.forEach(this::fallsBehind);
    }

    /// @return false: it has not taken yet what it was told before
    private static boolean tell(LiveSocket socket, LiveFrame frame, List<LiveSocket> slow) {
        if (socket.hasRoom()) {
            socket.tell(frame);
            return true;
        }
        slow.add(socket);
        return false;
    }

    /// The others do not wait for it.
    private void fallsBehind(LiveSocket socket) {
        leave(socket);
        EventPlace at = socket.place();
        if (at != null) {
            Thread.ofVirtual()
                    .name("live-behind")
                    .start(() -> LiveSocket.guarded(socket, () -> catchUp(socket, at, true)));
        }
    }

    private void hint() {
        if (hintOwed && System.nanoTime() - hintedAt > BETWEEN_HINTS.toNanos()) {
            hintOwed = false;
            hintedAt = System.nanoTime();
            joined.forEach(LiveSocket::hint);
        } else if (hintOwed && pause.compareTo(BETWEEN_HINTS) > 0) {
            pause = BETWEEN_HINTS;
        }
    }

    /// By this thread, so that no mark comes after a frame of a later place.
    private void mark() {
        if (System.nanoTime() - markedAt > BETWEEN_MARKS.toNanos()) {
            markedAt = System.nanoTime();
            joined.forEach(LiveSocket::mark);
        }
    }

    /// Tells a socket what it missed, and lets it join. Returns once it has, or has ended.
    ///
    /// @throws DataAccessException when the database does not answer
    void follow(LiveSocket socket, Optional<EventPlace> after) throws InterruptedException {
        EventPlace at = after.isPresent() ? after.get() : alone(feed::latest);
        Optional<Answer.Gone> gone = after.isPresent() ? alone(() -> feed.gone(at)) : Optional.empty();
        if (gone.isPresent()) {
            gone(socket, gone.get());
        } else {
            socket.begins(at);
            catchUp(socket, at, after.isPresent());
        }
    }

    /// @param behind there may be much
    private void catchUp(LiveSocket socket, EventPlace from, boolean behind) throws InterruptedException {
        LaggingSocket lagging = new LaggingSocket(socket, from, behind);
        while (!socket.isEnded() && (lagging.isFarBehind() || !join(socket, lagging.place()))) {
            socket.awaitRoom(); // before there is anything to hold meanwhile
            readFor(lagging);
        }
        if (socket.isEnded()) { // it may have, just before it joined
            leave(socket);
        }
    }

    /// When it is its turn, unless it was told meanwhile what another one missed, too.
    private void readFor(LaggingSocket own) throws InterruptedException {
        EventPlace before = own.place();
        waiting.add(own.waits(true));
        try {
            Optional<LaggingSocket.Missed> missed =
                    alone(() -> own.place().equals(before) ? Optional.of(missed(before)) : Optional.empty());
            missed.ifPresent(read -> waiting.forEach(one -> one.tell(read)));
        } finally {
            waiting.remove(own.waits(false));
        }
    }

    private LaggingSocket.Missed missed(EventPlace at) {
        return switch (feed.read(Optional.of(at), WANTED, LIMIT_MISSED)) {
            case Answer.Read read -> new LaggingSocket.Missed(at, frames.of(read.events()), read.next(), read.more());
            case Answer.Gone _ -> throw new DataAccessException("the events went while they were read");
        };
    }

    /// Asks when it is its turn.
    private <T> T alone(Supplier<T> question) throws InterruptedException {
        readers.acquire();
        try {
            return question.get();
        } finally {
            readers.release();
        }
    }

    private static void gone(LiveSocket socket, Answer.Gone gone) {
        socket.send(LiveFrames.gone(gone.oldest(), gone.latest()));
        socket.end(LiveSocket.Ending.GONE, "events after this id are not kept any more");
    }

    /// @return false: the others are further on
    private synchronized boolean join(LiveSocket socket, EventPlace at) {
        EventPlace others = place;
        if (others != null && others.compareTo(at) > 0) {
            return false;
        }
        if (others == null) {
            place = at;
        }
        joined.add(socket);
        signals.release();
        return true;
    }

    void leave(LiveSocket socket) {
        joined.remove(socket);
    }

    /// None is told anything any more.
    void stop() throws InterruptedException {
        ended = true;
        thread.interrupt();
        if (thread.isAlive()) { // it may never have begun
            thread.join(Duration.ofSeconds(2));
        }
    }
}
