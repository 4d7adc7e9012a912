package dev.twotick.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.EmptyWebhookSecretException;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// A developer's endpoint: verifies each call with the stock Standard Webhooks library, and writes down what came.
final class HookReceiver implements AutoCloseable {
    static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// @param verified whether the stock library accepts it
    record Call(String id, String body, String traceparent, boolean verified) {
        boolean isAbout(String text) {
            return body.contains(text);
        }

        String type() {
            return body.replaceFirst("(?s)^\\{\"type\":\"([^\"]+)\".*", "$1");
        }
    }

    final List<Call> calls = new CopyOnWriteArrayList<>();
    private final AtomicInteger failNext = new AtomicInteger();
    private final HttpServer server;

    HookReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
        server.createContext("/", this::receive);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/hook";
    }

    void failNext(int times) {
        failNext.set(times);
    }

    List<Call> about(String text) {
        return calls.stream().filter(call -> call.isAbout(text)).toList();
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            Headers headers = exchange.getRequestHeaders();
            calls.add(new Call(
                    headers.getFirst("webhook-id"), body, headers.getFirst("traceparent"), verified(exchange, body)));
            boolean fail = failNext.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
            exchange.sendResponseHeaders(fail ? 500 : 204, -1);
        }
    }

    private static boolean verified(HttpExchange exchange, String body) {
        try {
            new Webhook(SECRET).verify(body, HttpHeaders.of(exchange.getRequestHeaders(), (name, value) -> true));
            return true;
        } catch (WebhookVerificationException | EmptyWebhookSecretException e) {
            return false;
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
