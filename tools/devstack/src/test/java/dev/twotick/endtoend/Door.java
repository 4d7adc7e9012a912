package dev.twotick.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/// A proxy before ingest: hands through as it should, except for what a test has it do otherwise.
final class Door implements AutoCloseable {
    /// Says whether the request is dealt with; otherwise it is handed on.
    interface Answering {
        boolean answers(HttpExchange exchange) throws IOException;
    }

    private final HttpServer server;
    private final HttpClient client = HttpClient.newHttpClient();
    private final int ingest;
    private final Answering answering;
    private final UnaryOperator<byte[]> rewriting;
    private final String dropped;

    private Door(
            HttpServer server, int ingest, Answering answering, UnaryOperator<byte[]> rewriting, String droppedHeader) {
        this.server = server;
        this.ingest = ingest;
        this.answering = answering;
        this.rewriting = rewriting;
        this.dropped = droppedHeader;
        server.createContext("/", this::receive);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    static Door to(int ingest) throws IOException {
        return new Door(plain(), ingest, _ -> false, UnaryOperator.identity(), "");
    }

    static Door answering(int ingest, Answering answering) throws IOException {
        return new Door(plain(), ingest, answering, UnaryOperator.identity(), "");
    }

    static Door rewriting(int ingest, UnaryOperator<byte[]> rewriting) throws IOException {
        return new Door(plain(), ingest, _ -> false, rewriting, "");
    }

    static Door dropping(int ingest, String header) throws IOException {
        return new Door(plain(), ingest, _ -> false, UnaryOperator.identity(), header);
    }

    static Door withCertificate(int ingest, SSLContext tls) throws IOException {
        HttpsServer server = HttpsServer.create(address(), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        return new Door(server, ingest, _ -> false, UnaryOperator.identity(), "");
    }

    /// And hears nobody without one.
    static Door askingForACertificate(int ingest, SSLContext tls) throws IOException {
        HttpsServer server = HttpsServer.create(address(), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls) {
            @Override
            public void configure(HttpsParameters connection) {
                SSLParameters parameters = tls.getDefaultSSLParameters();
                parameters.setNeedClientAuth(true);
                connection.setSSLParameters(parameters);
            }
        });
        return new Door(server, ingest, _ -> false, UnaryOperator.identity(), "");
    }

    private static HttpServer plain() throws IOException {
        return HttpServer.create(address(), 0);
    }

    private static InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    int port() {
        return server.getAddress().getPort();
    }

    /// An answer of its own.
    static boolean answer(HttpExchange exchange, int status, String page) throws IOException {
        exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
        if (!page.isEmpty()) {
            exchange.getResponseHeaders().set("Content-Type", "text/html");
        }
        exchange.sendResponseHeaders(status, page.isEmpty() ? -1 : page.length());
        exchange.getResponseBody().write(page.getBytes(UTF_8));
        return true;
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!answering.answers(exchange)) {
                handOn(exchange);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void handOn(HttpExchange exchange) throws IOException, InterruptedException {
        byte[] body = rewriting.apply(exchange.getRequestBody().readAllBytes());
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + ingest + exchange.getRequestURI()))
                .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (name.toLowerCase(Locale.ROOT).startsWith("x-") && !name.equalsIgnoreCase(dropped)) {
                values.forEach(value -> request.header(name, value));
            }
        });
        HttpResponse<byte[]> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        answer.headers().map().forEach((name, values) -> {
            if (name.startsWith("x-") || name.equals("content-type")) {
                exchange.getResponseHeaders().put(name, values);
            }
        });
        boolean bare = answer.body().length == 0;
        exchange.sendResponseHeaders(answer.statusCode(), bare ? -1 : answer.body().length);
        if (!bare) {
            exchange.getResponseBody().write(answer.body());
        }
    }

    @Override
    public void close() {
        server.stop(0);
        client.close();
    }
}
