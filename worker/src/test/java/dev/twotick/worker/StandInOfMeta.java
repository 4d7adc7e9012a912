package dev.twotick.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/// Meta's two calls for media, on this machine: `/v25.0/ID` says where a file is, `/bytes/ID` has it.
final class StandInOfMeta implements AutoCloseable {
    static final String TOKEN = "EAAG-a-token-that-no-log-may-show";

    /// @param authorization as it came
    record Call(String path, String authorization) {}

    /// What is answered instead of the usual.
    interface Answer {
        void give(HttpExchange exchange) throws IOException;
    }

    final List<Call> calls = new CopyOnWriteArrayList<>();
    private final Map<String, byte[]> files = new ConcurrentHashMap<>();
    private final Map<String, Answer> instead = new ConcurrentHashMap<>();
    private final HttpServer server;

    StandInOfMeta() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 1_000);
        server.createContext("/", this::answer);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    void has(String id, byte[] file) {
        files.put(id, file);
    }

    /// @param path `/v25.0/ID` or `/bytes/ID`
    void answers(String path, Answer answer) {
        instead.put(path, answer);
    }

    void answersAsEver(String path) {
        instead.remove(path);
    }

    static Answer status(int status, String body, String... headers) {
        return exchange -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            byte[] bytes = body.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        };
    }

    /// Half of it, and then the connection is closed.
    Answer half(String id) {
        return exchange -> {
            byte[] file = files.get(id);
            exchange.sendResponseHeaders(200, file.length);
            exchange.getResponseBody().write(file, 0, file.length / 2);
            exchange.getResponseBody().flush();
        };
    }

    /// Half of it, and the rest once the gate is open.
    Answer halfUntil(String id, CountDownLatch begun, CountDownLatch gate) {
        return exchange -> {
            byte[] file = files.get(id);
            exchange.sendResponseHeaders(200, file.length);
            exchange.getResponseBody().write(file, 0, file.length / 2);
            exchange.getResponseBody().flush();
            begun.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            exchange.getResponseBody().write(file, file.length / 2, file.length - file.length / 2);
        };
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    String location(String id, String url) {
        return "{\"messaging_product\":\"whatsapp\",\"url\":\"" + url + "/bytes/" + id + "\",\"file_size\":"
                + files.get(id).length + ",\"id\":\"" + id + "\"}";
    }

    long callsOf(String path) {
        return calls.stream().filter(call -> call.path().equals(path)).count();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
            calls.add(new Call(path, authorization));
            String id = path.substring(path.lastIndexOf('/') + 1);
            if (!authorization.equals("Bearer " + TOKEN)) {
                status(401, "{\"error\":{\"message\":\"Invalid OAuth access token.\",\"code\":190}}").give(exchange);
            } else if (instead.containsKey(path)) {
                instead.get(path).give(exchange);
            } else if (!files.containsKey(id)) {
                status(404, "").give(exchange);
            } else if (path.startsWith("/v25.0/")) {
                status(200, location(id, url())).give(exchange);
            } else {
                exchange.sendResponseHeaders(200, files.get(id).length);
                exchange.getResponseBody().write(files.get(id));
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
