package dev.twotick.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.twotick.model.hash.Sha256;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
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

    /// So that a worker asks this one.
    void namedIn(Map<String, String> environment) {
        environment.put("TWOTICK_ACCESS_TOKEN", TOKEN);
        environment.put("TWOTICK_GRAPH_URL", url() + "/v25.0");
        environment.put("TWOTICK_MEDIA_HOSTS", "127.0.0.1");
        environment.put("TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8");
    }

    /// A file of this size, and no other id's.
    byte[] has(String id, int size) {
        byte[] file = new byte[size];
        new Random(id.hashCode()).nextBytes(file);
        has(id, file);
        return file;
    }

    /// A payload with a message that has it, of a sender of its own.
    static byte[] image(String id, byte[] file, Instant at) {
        String item = """
            {"from":"%s","id":"wamid.%s","timestamp":"%d","type":"image",\
            "image":{"id":"%s","mime_type":"image/jpeg","sha256":"%s"}}\
            """.formatted(sender(id), id, at.getEpochSecond(), id, base64(file));
        return MetaBodies.messages(MetaBodies.NUMBER, List.of(MetaBodies.contact(sender(id), "A")), List.of(item));
    }

    static String sender(String id) {
        return "1650556" + (1000 + Math.floorMod(id.hashCode(), 1000));
    }

    /// The hash, as webhooks have it.
    static String base64(byte[] file) {
        return Base64.getEncoder().encodeToString(Sha256.of(file));
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
                status(401, "{\"error\":{\"message\":\"Invalid OAuth access token.\",\"code\":190}}")
                        .give(exchange);
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
