package dev.twotick.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/// Clients that post without end, each its next payload when the last one was answered, and keep the books.
final class Traffic {
    private static final AtomicLong numbers = new AtomicLong();
    private static final long PAUSE_NANOS = 5_000_000;

    final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final Map<Integer, AtomicLong> answers = new ConcurrentHashMap<>();
    private final List<String> faults = new ArrayList<>();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean open = true;

    Traffic(int clients, Supplier<Meta> meta) {
        this(clients, meta, Meta::post);
    }

    /// @param post how each payload is posted
    Traffic(int clients, Supplier<Meta> meta, BiFunction<Meta, String, HttpResponse<String>> post) {
        for (int i = 0; i < clients; i++) {
            this.clients.add(Thread.ofVirtual().start(() -> post(meta.get(), post)));
        }
    }

    private void post(Meta meta, BiFunction<Meta, String, HttpResponse<String>> post) {
        while (open) {
            String body = "payload " + numbers.incrementAndGet();
            try {
                int status = post.apply(meta, body).statusCode();
                if (status == 200) {
                    accepted.add(body);
                }
                answers.computeIfAbsent(status, _ -> new AtomicLong()).incrementAndGet();
            } catch (AssertionError e) {
                synchronized (faults) {
                    faults.add(e + ", " + e.getCause());
                }
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    long answered(int status) {
        return answers.getOrDefault(status, new AtomicLong()).get();
    }

    /// Waits until so many more posts have been answered so.
    void awaitMore(int posts, int status) {
        long before = answered(status);
        await().until(() -> answered(status) >= before + posts);
    }

    /// Ends it: every post was answered, and with nothing but 200 and 503.
    void end() throws InterruptedException {
        open = false;
        for (Thread client : clients) {
            client.join();
        }
        assertThat(faults).isEmpty();
        assertThat(answers.keySet()).isSubsetOf(200, 503);
    }
}
