package dev.twotick.worker.console.live;

import dev.twotick.model.process.Loop;
import dev.twotick.queue.RedisConnections;
import dev.twotick.worker.console.live.LiveSocket.Ending;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// All sockets of this process: who is let in, who still lives, who is still let in.
public final class LiveSockets {
    private static final Logger log = LoggerFactory.getLogger(LiveSockets.class);

    /// At once; whoever comes then is told to try again.
    public static final int MOST = 2_000;

    private static final int MOST_STRANGERS = 1_000; // who have not said yet who they are
    private static final long MOST_PENDING = 64L * 1024 * 1024; // chars, of all together
    private static final Duration TURN = Duration.ofMillis(250);
    private static final Duration TO_SAY_WHO = Duration.ofSeconds(5);
    private static final Duration BETWEEN_CHECKS = Duration.ofSeconds(2);
    private static final Duration BETWEEN_PINGS = Duration.ofSeconds(10); // sooner than a proxy gives up
    private static final Duration DEAF = Duration.ofSeconds(35);
    private static final Duration TO_CLOSE = Duration.ofSeconds(3);
    private static final String FIRST_FRAME = "first frame: {\"type\":\"auth\",\"payload\":{\"token\":…}}";

    private final Admission admission;
    private final LiveFeed feed;
    private final AppliedSignals signals;
    private final Set<LiveSocket> sockets = ConcurrentHashMap.newKeySet();
    private final Thread watch = Loop.thread("live-watch", this::turn);
    private long pingedAt = System.nanoTime();
    private long checkedAt = System.nanoTime();
    private volatile boolean ended;

    public LiveSockets(DSLContext db, RedisConnections redis, Admission admission) {
        this.admission = admission;
        feed = new LiveFeed(db);
        signals = new AppliedSignals(redis, feed::signal);
    }

    public void start() {
        feed.start();
        signals.start();
        watch.start();
    }

    /// @return false: there are too many
    boolean add(LiveSocket socket) {
        long strangers = sockets.stream().filter(one -> one.listener() == null).count();
        if (ended || sockets.size() >= MOST || strangers >= MOST_STRANGERS) {
            return false;
        }
        sockets.add(socket);
        return true;
    }

    void remove(LiveSocket socket) {
        sockets.remove(socket);
        feed.leave(socket);
    }

    /// By its address or its session.
    void admit(LiveSocket socket, LiveSocket.Request request) {
        LiveSocket.guarded(socket, () -> {
            Optional<Admission.Listener> listener = request.token().isPresent()
                    ? request.token().flatMap(admission::once)
                    : request.session().flatMap(admission::session);
            if (listener.isEmpty() && request.token().isEmpty()) {
                socket.awaitsFirstFrame();
            } else {
                follow(socket, listener, LiveFilter.of(request.query()));
            }
        });
    }

    /// By its first frame.
    void admit(LiveSocket socket, String text) {
        LiveSocket.guarded(socket, () -> {
            JsonNode frame = read(text);
            @Nullable String token = frame.path("payload").path("token").stringValue(null);
            if (!frame.path("type").stringValue("").equals("auth") || token == null) {
                throw new IllegalArgumentException(FIRST_FRAME);
            }
            Optional<Admission.Listener> listener = admission.program(token);
            follow(
                    socket,
                    listener.isPresent() ? listener : admission.once(token),
                    LiveFilter.of(frame.path("payload")));
        });
    }

    private static JsonNode read(String text) {
        try {
            return JsonMapper.shared().readTree(text);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(FIRST_FRAME, e);
        }
    }

    private void follow(LiveSocket socket, Optional<Admission.Listener> listener, LiveFilter filter)
            throws InterruptedException {
        if (listener.isEmpty()) {
            socket.end(Ending.UNAUTHORIZED, "no token that is known");
        } else {
            socket.admitted(listener.get(), filter);
            feed.follow(socket, filter.after());
        }
    }

    private boolean turn() throws InterruptedException {
        Thread.sleep(TURN);
        for (LiveSocket socket : sockets) {
            if (socket.isEnded() && socket.ending().compareTo(TO_CLOSE) > 0) {
                socket.drop("unclosed");
            } else if (socket.isSilent() && socket.age().compareTo(TO_SAY_WHO) > 0) {
                socket.end(Ending.UNAUTHORIZED, FIRST_FRAME + " within 5 s");
            } else if (socket.silence().compareTo(DEAF) > 0) {
                socket.drop("deaf");
            }
        }
        relieve();
        if (isPast(pingedAt, BETWEEN_PINGS)) {
            pingedAt = System.nanoTime();
            signals.ping();
            sockets.forEach(LiveSocket::ping);
        }
        if (isPast(checkedAt, BETWEEN_CHECKS)) {
            checkedAt = System.nanoTime();
            check();
        }
        return !ended;
    }

    private static boolean isPast(long since, Duration duration) {
        return System.nanoTime() - since > duration.toNanos();
    }

    /// Many that are slow together hold what none may hold alone.
    private void relieve() {
        long pending = sockets.stream().mapToLong(LiveSocket::pending).sum();
        List<LiveSocket> slowest = pending <= MOST_PENDING
                ? List.of()
                : sockets.stream()
                        .sorted(Comparator.comparingLong(LiveSocket::pending).reversed())
                        .toList();
        for (LiveSocket socket : slowest) {
            if (pending > MOST_PENDING / 2) {
                pending -= socket.pending();
                socket.drop("slow");
            }
        }
    }

    /// Whoever has signed out, and whose token was taken away, hears no more.
    private void check() {
        List<Admission.Listener> listeners = sockets.stream()
                .map(LiveSocket::listener)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        if (listeners.isEmpty()) {
            return;
        }
        try {
            Set<Admission.Listener> standing = admission.standing(listeners);
            for (LiveSocket socket : sockets) {
                Admission.Listener listener = socket.listener();
                if (listener != null && listeners.contains(listener) && !standing.contains(listener)) {
                    socket.end(Ending.UNAUTHORIZED, "signed out, or the token was taken away");
                }
            }
        } catch (DataAccessException e) {
            log.debug("live=unchecked database={}", e.sqlState()); // and nobody is told anything meanwhile
        }
    }

    /// Call before the server stops: it closes sockets without a word.
    public void stop() throws InterruptedException {
        ended = true;
        feed.stop();
        signals.stop();
        sockets.forEach(socket -> socket.end(Ending.STOPPING, "the console stops"));
        long end = System.nanoTime() + TO_CLOSE.toNanos();
        while (!sockets.isEmpty() && System.nanoTime() < end) {
            Thread.sleep(Duration.ofMillis(20));
        }
        watch.interrupt();
        if (watch.isAlive()) {
            watch.join(TO_CLOSE);
        }
    }
}
