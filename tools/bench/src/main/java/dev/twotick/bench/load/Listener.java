package dev.twotick.bench.load;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// One socket, opened again whenever it ends.
final class Listener {
    static final int ALL = -1;

    private static final long LONGEST_PAUSE_MILLIS = 1_000;

    private final HttpClient client;
    private final URI address;
    private final String token;
    private final int account;
    private volatile String lastId = "";
    private volatile boolean in;
    private final AtomicLong heard = new AtomicLong();
    private final AtomicLong doubled = new AtomicLong();
    private final AtomicLong reopened = new AtomicLong();
    private volatile long cutAt;
    private volatile long inAt;
    private volatile Arrivals arrivals = new Arrivals(0, 0);
    private long lastPage;
    private long lastPlace;

    /// @param account whose new messages it hears; [#ALL]: all that is told of messages
    Listener(HttpClient client, URI address, String token, int account) {
        this.client = client;
        this.address = address;
        this.token = token;
        this.account = account;
    }

    boolean hearsAll() {
        return account == ALL;
    }

    int account() {
        return account;
    }

    boolean isIn() {
        return in;
    }

    long heard() {
        return heard.get();
    }

    long doubled() {
        return doubled.get();
    }

    long reopened() {
        return reopened.get();
    }

    /// Of [System#nanoTime], the last time.
    long cutAt() {
        return cutAt;
    }

    /// Likewise.
    long inAt() {
        return inAt;
    }

    Arrivals noteIn(Arrivals to) {
        arrivals = to;
        return to;
    }

    void open() {
        var _ = client.newWebSocketBuilder()
                .connectTimeout(Duration.ofSeconds(10))
                .buildAsync(address, new Visit())
                .whenComplete((_, fault) -> {
                    if (fault != null) {
                        pauseAndOpen(); // by no thread of the client's: it has few for all that fail
                    }
                });
    }

    private void pauseAndOpen() {
        in = false;
        Thread.ofVirtual().start(this::openAgain);
    }

    private void openAgain() {
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(LONGEST_PAUSE_MILLIS)); // not all at once
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        open();
    }

    private String auth() {
        var words = new StringBuilder("{\"type\":\"auth\",\"payload\":{\"token\":\"").append(token);
        words.append("\",\"types\":[\"message:new\"").append(hearsAll() ? ",\"message:status\"]" : "]");
        if (!hearsAll()) {
            words.append(",\"accounts\":[\"").append(Traffic.accountId(account)).append("\"]");
        }
        if (!lastId.isEmpty()) {
            words.append(",\"after\":\"").append(lastId).append('"');
        }
        return words.append("}}").toString();
    }

    private void told(String frame, long now) {
        var type = after(frame, "\"type\":\"");
        var id = after(frame, "\"id\":\"");
        if (type.equals("auth:ok")) {
            inAt = now;
            in = true;
        } else if (type.startsWith("message:")) {
            note(id);
            heard.incrementAndGet();
            arrivals.note(Traffic.updateOf(event(type, frame), after(frame, "\"wamid\":\"")), now);
        }
        if (!id.isEmpty()) {
            lastId = id;
        }
    }

    /// What comes at or before the last place has been heard.
    private void note(String id) {
        int dash = id.indexOf('-');
        long page = Long.parseLong(id, 0, dash, 10);
        long place = Long.parseLong(id, dash + 1, id.length(), 10);
        if (page < lastPage || (page == lastPage && place <= lastPlace)) {
            doubled.incrementAndGet();
        }
        lastPage = page;
        lastPlace = place;
    }

    /// As a hook's `type`.
    private static String event(String type, String frame) {
        return type.equals("message:new") ? "message.received" : "message." + after(frame, "\"status\":\"");
    }

    private static String after(String text, String name) {
        int at = text.indexOf(name);
        return at < 0 ? "" : text.substring(at + name.length(), text.indexOf('"', at + name.length()));
    }

    /// Until the socket ends; its calls come one after the other.
    private final class Visit implements WebSocket.Listener {
        private final StringBuilder part = new StringBuilder();
        private final AtomicBoolean over = new AtomicBoolean();

        @Override
        public void onOpen(WebSocket socket) {
            var _ = socket.sendText(auth(), true);
            socket.request(1);
        }

        @Override
        @SuppressWarnings("NullAway") // null: the text is taken
        public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            part.append(text);
            if (last) {
                told(part.toString(), System.nanoTime());
                part.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        @SuppressWarnings("NullAway")
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            ended();
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable fault) {
            ended();
        }

        private void ended() {
            if (over.compareAndSet(false, true)) {
                cutAt = System.nanoTime();
                reopened.incrementAndGet();
                pauseAndOpen();
            }
        }
    }
}
