package dev.twotick.worker.console.live;

import dev.twotick.worker.outbox.EventPlace;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/// One socket. What it is told is never waited for: the server keeps what the client does not take, so that is
/// counted. Who lets much lie is told at its own pace, and dropped when there is none: it goes on from its last id.
public final class LiveSocket implements Session.Listener.AutoDemanding {
    private static final Logger log = LoggerFactory.getLogger(LiveSocket.class);
    private static final int MOST_FRAMES = 4_096;
    private static final long MOST_CHARS = 1024 * 1024;
    private static final int LONGEST_FRAME = 128 * 1024; // a first frame with many conversations
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /// Close codes of ours.
    enum Ending {
        BAD_REQUEST(4400),
        UNAUTHORIZED(4401),
        GONE(4410),
        STOPPING(1001),
        TRY_AGAIN(1013);

        private final int code;

        Ending(int code) {
            this.code = code;
        }
    }

    /// @param session the cookie of the console's pages, if it comes from one of them
    record Request(Optional<String> session, Map<String, List<String>> query) {
        Optional<String> token() {
            return query.getOrDefault("token", List.of()).stream().findFirst();
        }
    }

    private final Request request;
    private final LiveSockets sockets;
    private final long openedAt = System.nanoTime();
    private final AtomicInteger pendingFrames = new AtomicInteger();
    private final AtomicLong pendingChars = new AtomicLong();
    private volatile @Nullable Session session;
    private volatile Admission.@Nullable Listener listener;
    private volatile LiveFilter filter = LiveFilter.of(Map.of());
    private volatile long heardAt = openedAt;
    private volatile long endedAt; // 0: it has not
    private volatile @Nullable EventPlace place; // null: it is not told anything yet
    private boolean told; // anything since the last mark
    private boolean begun;
    private @Nullable String waiting; // a first frame that came while a session was looked for

    LiveSocket(Request request, LiveSockets sockets) {
        this.request = request;
        this.sockets = sockets;
    }

    @Override
    public void onWebSocketOpen(Session opened) {
        opened.setMaxTextMessageSize(LONGEST_FRAME);
        session = opened;
        if (!sockets.add(this)) {
            end(Ending.TRY_AGAIN, "too many sockets");
        } else if (request.token().isPresent() || request.session().isPresent()) {
            begin(() -> sockets.admit(this, request), null);
        }
    }

    /// The first frame says who it is; later ones say nothing.
    @Override
    public void onWebSocketText(String text) {
        heardAt = System.nanoTime();
        begin(() -> sockets.admit(this, text), text);
    }

    /// Off the server's thread, as it asks the database.
    private synchronized void begin(Runnable admit, @Nullable String text) {
        if (!begun) {
            begun = true;
            Thread.ofVirtual().name("live-begin").start(admit);
        } else if (waiting == null && listener == null) {
            waiting = text;
        }
    }

    /// The cookie is of no session any more: the first frame says who it is, if it has not yet.
    synchronized void awaitsFirstFrame() {
        String text = waiting;
        begun = false;
        if (text != null) {
            begin(() -> sockets.admit(this, text), text);
        }
    }

    @Override
    public void onWebSocketPong(ByteBuffer payload) {
        heardAt = System.nanoTime();
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        log.debug("live=fault fault={}", cause.getClass().getName());
    }

    @Override
    public void onWebSocketClose(int code, @Nullable String reason, Callback callback) {
        ended();
        sockets.remove(this);
        callback.succeed();
    }

    void admitted(Admission.Listener as, LiveFilter wanted) {
        filter = wanted;
        listener = as;
    }

    /// From here on frames follow.
    void begins(EventPlace from) {
        place = from;
        send(LiveFrames.of("auth:ok", from));
    }

    /// Those that it was told already, and those that it does not want, are left out. From one thread at a time.
    void tell(LiveFrame frame) {
        EventPlace at = place;
        if (at != null && frame.place().compareTo(at) > 0) {
            place = frame.place();
            if (filter.wants(frame)) {
                told = true;
                send(frame.text());
            }
        }
    }

    /// It was told everything up to there.
    void reached(EventPlace next) {
        EventPlace at = place;
        if (at != null && next.compareTo(at) > 0) {
            place = next;
        }
    }

    boolean wantsEvents() {
        return filter.wantsEvents();
    }

    void hint() {
        if (filter.wantsHints()) {
            send("{\"type\":\"applied\",\"payload\":{}}");
        }
    }

    /// Where it stands, if it was told nothing for a while: else it would come back to a place long past.
    void mark() {
        EventPlace at = place;
        if (at != null && !told) {
            send(LiveFrames.of("mark", at));
        }
        told = false;
    }

    boolean send(String text) {
        Session open = session;
        if (open == null || isEnded()) {
            return false;
        }
        pendingFrames.incrementAndGet();
        pendingChars.addAndGet(text.length());
        open.sendText(text, Callback.from(() -> sent(text), _ -> sent(text)));
        return true;
    }

    /// Below that, whoever tells all sockets may tell this one of another frame.
    boolean hasRoom() {
        return pendingFrames.get() < MOST_FRAMES && pendingChars.get() < MOST_CHARS;
    }

    private void sent(String text) {
        pendingFrames.decrementAndGet();
        pendingChars.addAndGet(-text.length());
        if (isCaughtUp()) {
            synchronized (this) {
                notifyAll();
            }
        }
    }

    private boolean isCaughtUp() {
        return pendingFrames.get() < MOST_FRAMES / 4 && pendingChars.get() < MOST_CHARS / 4;
    }

    /// Until it has taken most of what it was sent, for whoever tells it alone. If it takes nothing it is dropped.
    synchronized void awaitRoom() throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        long least = pending();
        while (!isCaughtUp() && !isEnded()) {
            if (pending() < least) { // it takes, if slowly
                least = pending();
                end = System.nanoTime() + PATIENCE.toNanos();
            }
            long left = end - System.nanoTime();
            if (left <= 0) {
                drop("slow");
                return;
            }
            wait(Math.min(1_000, left / 1_000_000 + 1));
        }
    }

    void ping() {
        Session open = session;
        if (open != null && !isEnded()) {
            open.sendPing(ByteBuffer.allocate(0), Callback.NOOP);
        }
    }

    /// In order, as far as the client takes part.
    void end(Ending ending, String why) {
        Session open = session;
        if (ended() && open != null) {
            open.close(ending.code, why, Callback.NOOP);
        }
    }

    /// At once.
    void drop(String cause) {
        if (ended()) {
            log.info("live=dropped cause={} pending_frames={}", cause, pendingFrames);
        }
        Session open = session;
        if (open != null) {
            open.disconnect();
        }
        sockets.remove(this);
    }

    /// @return whether it had not before
    private synchronized boolean ended() {
        boolean first = endedAt == 0;
        if (first) {
            endedAt = System.nanoTime() | 1;
        }
        notifyAll();
        return first;
    }

    boolean isEnded() {
        return endedAt != 0;
    }

    /// Since it was to close.
    Duration ending() {
        return isEnded() ? Duration.ofNanos(System.nanoTime() - endedAt) : Duration.ZERO;
    }

    /// Since anything came from it.
    Duration silence() {
        return Duration.ofNanos(System.nanoTime() - heardAt);
    }

    Duration age() {
        return Duration.ofNanos(System.nanoTime() - openedAt);
    }

    long pending() {
        return pendingChars.get();
    }

    @Nullable
    EventPlace place() {
        return place;
    }

    /// It has not said who it is. Whoever has waits for the database, however long that takes.
    synchronized boolean isSilent() {
        return !begun && listener == null;
    }

    Admission.@Nullable Listener listener() {
        return listener;
    }

    /// What somebody sent, and a database that does not answer, ends a socket in words.
    static void guarded(LiveSocket socket, Work work) {
        try {
            work.run();
        } catch (IllegalArgumentException e) {
            socket.end(Ending.BAD_REQUEST, Objects.requireNonNullElse(e.getMessage(), "bad request"));
        } catch (JacksonException e) {
            socket.end(Ending.BAD_REQUEST, "a member of the first frame is of another kind");
        } catch (DataAccessException e) {
            log.warn("live=refused database={}", e.sqlState());
            socket.end(Ending.TRY_AGAIN, "PostgreSQL did not answer");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) { // what it says may be what somebody wrote
            log.error("live=failed fault={}", e.getClass().getName());
            socket.end(Ending.TRY_AGAIN, "a fault of Twotick's");
        }
    }

    /// What is done for one socket, off the threads that serve all.
    interface Work {
        void run() throws InterruptedException;
    }
}
