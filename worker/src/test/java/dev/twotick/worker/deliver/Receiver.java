package dev.twotick.worker.deliver;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;
import java.util.function.Function;

/// A developer's application on this machine: keeps what it gets, and answers as the test says.
public final class Receiver implements AutoCloseable {
    /// @param at in [System#nanoTime]
    public record Call(Headers headers, String body, long at) {
        public String id() {
            return headers.getFirst("webhook-id");
        }
    }

    /// @param headers of the answer
    record Reply(int status, Map<String, String> headers, byte[] body) {
        static final Reply OK = new Reply(204, Map.of());

        Reply(int status, Map<String, String> headers) {
            this(status, headers, new byte[0]);
        }
    }

    public final List<Call> calls = new CopyOnWriteArrayList<>();
    private final HttpServer server;
    private volatile BiFunction<Integer, Call, Reply> reply = (_, _) -> Reply.OK;

    public Receiver() throws IOException {
        this(InetAddress.ofLiteral("127.0.0.1"), 0);
    }

    /// @param port 0: a free one
    Receiver(InetAddress address, int port) throws IOException {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        server = HttpServer.create(new InetSocketAddress(address, port), 1_000);
        server.createContext("/", this::answer);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    /// @param reply by the number of the call, from 0
    Receiver answering(Function<Integer, Reply> reply) {
        this.reply = (number, _) -> reply.apply(number);
        return this;
    }

    Receiver answeringEach(Function<Call, Reply> reply) {
        this.reply = (_, call) -> reply.apply(call);
        return this;
    }

    public Receiver answering(int status) {
        return answering(_ -> new Reply(status, Map.of()));
    }

    public Receiver answering(int status, String body) {
        return answering(_ -> new Reply(status, Map.of(), body.getBytes(StandardCharsets.UTF_8)));
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/hook";
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Call call = new Call(exchange.getRequestHeaders(), body, System.nanoTime());
        int number;
        synchronized (calls) {
            number = calls.size();
            calls.add(call);
        }
        Reply answer = reply.apply(number, call);
        answer.headers().forEach(exchange.getResponseHeaders()::set);
        exchange.sendResponseHeaders(answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
        exchange.getResponseBody().write(answer.body());
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
