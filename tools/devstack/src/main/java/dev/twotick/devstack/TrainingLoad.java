package dev.twotick.devstack;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// What a [Training] has its processes do: every sample, then messages and statuses one by one as on a quiet day, then
/// as fast as they are taken; and somebody who takes the hook calls.
final class TrainingLoad implements AutoCloseable {
    /// What an installation gets most of: a person's message, and what became of one of the business's.
    private static final List<String> USUAL = List.of("text", "status-sent", "status-delivered", "status-read");

    private static final int ONE_BY_ONE = 200;
    private static final int AS_FAST_AS_IT_GOES = 10_000;
    private static final int AT_ONCE = 32;
    private static final int QUIET_MS = 1_500;

    private final Instant now = Instant.now();
    private final AtomicInteger calls = new AtomicInteger();
    private final HttpServer receiver;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    TrainingLoad() {
        try {
            receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), AT_ONCE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on this machine", e);
        }
        receiver.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        receiver.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            calls.incrementAndGet();
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
    }

    String hookUrl() {
        return "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook";
    }

    /// @throws StackFailure when nothing came of it
    void run(StackSettings settings) throws InterruptedException {
        for (var sample : Samples.NAMES) {
            post(settings, Samples.fresh(Samples.read(sample), now, "all"));
        }
        for (int i = 0; i < ONE_BY_ONE; i++) {
            int before = calls.get();
            post(settings, body(i));
            awaitCall(before);
        }
        postAtOnce(settings);
        awaitQuiet();
        if (calls.get() < ONE_BY_ONE) {
            throw new StackFailure("the training's hook was called " + calls + " times only");
        }
    }

    private void postAtOnce(StackSettings settings) throws InterruptedException {
        var next = new AtomicInteger(ONE_BY_ONE);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var posting = IntStream.range(0, AT_ONCE)
                    .<Future<?>>mapToObj(_ -> threads.submit(() -> {
                        for (int i = next.getAndIncrement(); i < AS_FAST_AS_IT_GOES; i = next.getAndIncrement()) {
                            post(settings, body(i));
                        }
                        return true;
                    }))
                    .toList();
            for (var one : posting) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new StackFailure("the training's post failed: " + e.getCause(), e);
        }
    }

    /// Four in a row are about one person; the statuses among them about one message.
    private byte[] body(int number) {
        int person = number / USUAL.size();
        var body = Samples.fresh(
                Samples.read(USUAL.get(number % USUAL.size())), now, Integer.toString(person, Character.MAX_RADIX));
        return new String(body, StandardCharsets.UTF_8)
                .replace("15550002001", "1555%07d".formatted(person))
                .getBytes(StandardCharsets.UTF_8);
    }

    private void post(StackSettings settings, byte[] body) throws InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(settings.webhookUrl()))
                .header("Content-Type", "application/json")
                .header(Signature.HEADER, Signature.of(body, settings.appSecret()))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        try {
            client.send(request, HttpResponse.BodyHandlers.discarding());
        } catch (IOException e) {
            throw new StackFailure("the training's ingest does not answer: " + e.getMessage(), e);
        }
    }

    private void awaitCall(int before) throws InterruptedException {
        for (int i = 0; i < QUIET_MS && calls.get() == before; i++) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    /// Until no more calls come.
    private void awaitQuiet() throws InterruptedException {
        for (int before = -1; before != calls.get(); ) {
            before = calls.get();
            TimeUnit.MILLISECONDS.sleep(QUIET_MS);
        }
    }

    @Override
    public void close() {
        receiver.stop(0);
        client.shutdownNow();
    }
}
