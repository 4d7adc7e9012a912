package dev.twotick.soak;

import dev.twotick.devstack.Signature;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/// Posts as Meta does: many at once, again what was not answered 200, sometimes again what was.
///
/// It drops a connection that was idle for a second (`jdk.httpclient.keepalive.timeout`, set where the JVM is started):
/// one that is idle for as long as a stopping ingest waits may be closed at the moment at which it is used, which HTTP
/// cannot tell from a lost request (RFC 9112, 9.3.1).
final class MetaClient implements AutoCloseable {
    /// So many bodies wait for their 200 at most; then nothing new is posted.
    private static final int MOST_UNANSWERED = 1_000;
    private static final long MOST_BACKOFF = 6;

    private final URI url;
    private final Traffic traffic;
    private final SentBook book;
    private final Figures figures;
    private final int rate;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final ExecutorService posts = Executors.newVirtualThreadPerTaskExecutor();
    private final Thread pace = Thread.ofPlatform().name("meta").unstarted(this::run);
    private final Map<Failure, Integer> failures = new EnumMap<>(Failure.class);
    private volatile boolean stopped;
    private volatile boolean closed;

    /// Why a post was not answered 200.
    enum Failure {
        /// Nobody listens.
        REFUSED,
        UNAVAILABLE_503,
        /// The connection ended before the answer.
        CUT_OFF,
        LATE
    }

    MetaClient(String url, int rate, Traffic traffic, SentBook book, Figures figures) {
        this.url = URI.create(url);
        this.rate = rate;
        this.traffic = traffic;
        this.book = book;
        this.figures = figures;
    }

    void start() {
        pace.start();
    }

    private void run() {
        long next = System.nanoTime();
        while (!stopped) {
            if (book.unanswered() < MOST_UNANSWERED) {
                send(traffic.next());
            }
            next = Math.max(next + 1_000_000_000L / rate, System.nanoTime() - 1_000_000_000L);
            LockSupport.parkNanos(next - System.nanoTime());
        }
    }

    /// Posts it until it is answered 200; returns at once.
    void send(Payload payload) {
        posts.execute(() -> postUntilAccepted(payload));
    }

    private void postUntilAccepted(Payload payload) {
        try {
            for (int tries = 1; !closed && !post(payload); tries++) {
                Thread.sleep(ThreadLocalRandom.current().nextInt(300, 1_000) * Math.min(tries, MOST_BACKOFF));
            }
            while (!closed && ThreadLocalRandom.current().nextInt(20) == 0) {
                Thread.sleep(ThreadLocalRandom.current().nextInt(3_000));
                if (!stopped) {
                    post(payload);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean post(Payload payload) throws InterruptedException {
        var request = HttpRequest.newBuilder(url)
                .timeout(Duration.ofSeconds(15))
                .header("Content-Type", "application/json")
                .header(Signature.HEADER, Signature.of(payload.body(), SoakStack.APP_SECRET))
                .POST(HttpRequest.BodyPublishers.ofByteArray(payload.body()))
                .build();
        book.posting(payload);
        try {
            int status =
                    client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            switch (status) {
                case 200 -> book.answered200(payload);
                case 503 -> failed(Failure.UNAVAILABLE_503);
                default -> figures.wrong("a post was answered " + status);
            }
            return status == 200;
        } catch (ConnectException | HttpConnectTimeoutException e) {
            failed(Failure.REFUSED);
        } catch (java.net.http.HttpTimeoutException e) {
            failed(Failure.LATE);
        } catch (IOException e) {
            failed(Failure.CUT_OFF);
        }
        return false;
    }

    private void failed(Failure failure) {
        synchronized (failures) {
            failures.merge(failure, 1, Integer::sum);
        }
    }

    Map<Failure, Integer> failures() {
        synchronized (failures) {
            return new EnumMap<>(failures);
        }
    }

    /// Nothing new is posted; what was not answered 200 is posted on.
    void stopNew() {
        stopped = true;
    }

    @Override
    public void close() {
        stopped = true;
        closed = true;
        posts.shutdownNow();
        client.shutdownNow();
    }
}
