package dev.twotick.soak;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.EmptyWebhookSecretException;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpHeaders;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;

/// A developer's endpoint: verifies with the stock library, writes down, and refuses a first call now and then. Never
/// a second one: the third would come five minutes later.
final class HookReceiver implements AutoCloseable {
    static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final int ONE_IN = 200;

    private final ReceivedBook book;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    HookReceiver(ReceivedBook book) throws IOException {
        this.book = book;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
        server.createContext("/", this::receive);
        server.setExecutor(threads);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/hook";
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            var id = String.valueOf(exchange.getRequestHeaders().getFirst("webhook-id"));
            boolean first = book.received(id, body, isVerified(exchange, body));
            boolean refuse = first && ThreadLocalRandom.current().nextInt(ONE_IN) == 0;
            if (!refuse) {
                book.accepted(id);
            }
            exchange.sendResponseHeaders(refuse ? 500 : 204, -1);
        }
    }

    private static boolean isVerified(HttpExchange exchange, String body) {
        try {
            new Webhook(SECRET).verify(body, HttpHeaders.of(exchange.getRequestHeaders(), (_, _) -> true));
            return true;
        } catch (WebhookVerificationException | EmptyWebhookSecretException e) {
            return false;
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
