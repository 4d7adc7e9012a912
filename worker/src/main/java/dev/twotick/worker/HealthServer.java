package dev.twotick.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/// `GET /health` and `GET /metrics` on `TWOTICK_WORKER_PORT`. Health is 200 while both stores answer, otherwise 503; it
/// says how long a batch has waited for the database, and for what.
final class HealthServer implements AutoCloseable {
    private final InetSocketAddress address;
    private final HttpServer server;

    /// @param host the address to listen on
    /// @param port 0 for any free one
    HealthServer(
            String host,
            int port,
            PrometheusMeterRegistry metrics,
            BooleanSupplier postgres,
            BooleanSupplier redis,
            Waits waits) {
        address = new InetSocketAddress(host, port);
        try {
            server = HttpServer.create();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/health", exchange -> {
            boolean database = postgres.getAsBoolean();
            boolean stream = redis.getAsBoolean();
            String body = "{\"status\":\"%s\",\"postgres\":\"%s\",\"redis\":\"%s\"%s}"
                    .formatted(
                            database && stream ? "up" : "waiting",
                            database ? "up" : "down",
                            stream ? "up" : "down",
                            waits.longest().map(HealthServer::waiting).orElse(""));
            answer(exchange, database && stream ? 200 : 503, "application/json", body);
        });
        server.createContext(
                "/metrics",
                exchange -> answer(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", metrics.scrape()));
    }

    private static String waiting(Waits.Wait wait) {
        String reason = wait.reason().replace("\\", "\\\\").replace("\"", "\\\"");
        return ",\"waiting_s\":%d,\"waiting_for\":\"%s\""
                .formatted(wait.time().toSeconds(), reason.replaceAll("\\p{Cntrl}", " "));
    }

    void start() {
        try {
            server.bind(address, 16);
        } catch (IOException e) {
            throw new IllegalStateException(
                    "cannot listen on TWOTICK_WORKER_PORT " + address.getPort() + " (" + e.getMessage()
                            + "); choose another, or 0 for any free one",
                    e);
        }
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private static void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
        try (exchange) {
            byte[] bytes = body.getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }
}
