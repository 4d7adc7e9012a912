package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/// A program that listens at a console's `/ws`.
final class Socket implements WebSocket.Listener, AutoCloseable {
    private static final HttpClient client = HttpClient.newHttpClient();

    /// What it was told, but for marks.
    final List<JsonNode> frames = new CopyOnWriteArrayList<>();

    private final StringBuilder part = new StringBuilder();
    private final WebSocket socket;
    private volatile boolean deaf;
    private volatile int code; // 0: open; 1006: without a word

    /// @param headers names and values, alternating
    Socket(int port, String query, String... headers) {
        this(port, query, false, headers);
    }

    /// @param deaf hears one frame, and no more until [#hearAll]
    Socket(int port, String query, boolean deaf, String... headers) {
        this.deaf = deaf;
        WebSocket.Builder builder = client.newWebSocketBuilder();
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        socket = builder.buildAsync(URI.create("ws://127.0.0.1:" + port + "/ws" + query), this)
                .join();
    }

    /// With the token of the environment, let in.
    static Socket of(int port, String filter) {
        Socket socket = new Socket(port, "");
        socket.auth(Program.TOKEN, filter);
        socket.awaitFrames(1);
        assertThat(socket.frames.getFirst().get("type").asString()).isEqualTo("auth:ok");
        return socket;
    }

    /// @param filter members of the payload, each with a comma before it
    void auth(String token, String filter) {
        say("{\"type\":\"auth\",\"payload\":{\"token\":\"" + token + "\"" + filter + "}}");
    }

    void say(String text) {
        socket.sendText(text, true).join();
    }

    @Override
    public void onOpen(WebSocket opened) {
        opened.request(1);
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        part.append(data);
        if (last) {
            JsonNode frame = Program.json(part.toString());
            part.setLength(0);
            if (!frame.get("type").asString().equals("mark")) {
                frames.add(frame);
            }
        }
        if (!deaf) {
            from.request(1);
        }
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int status, String reason) {
        code = status;
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        code = 1006;
    }

    void hearAll() {
        deaf = false;
        socket.request(1);
    }

    void awaitFrames(int count) {
        await().until(() -> code != 0 || frames.size() >= count);
        assertThat(frames.size()).as("frames, closed with %s: %s", code, frames).isGreaterThanOrEqualTo(count);
    }

    void awaitFrame(Predicate<JsonNode> wanted) {
        await().until(() -> frames.stream().anyMatch(wanted));
    }

    /// Until the other side takes nothing any more.
    void awaitRefusal() {
        await().until(() -> !takes());
    }

    private boolean takes() {
        try {
            say("?");
            return true;
        } catch (CompletionException e) {
            return false;
        }
    }

    int awaitClose() {
        await().until(() -> code != 0);
        return code;
    }

    boolean isOpen() {
        return code == 0;
    }

    /// Of the last frame that has one.
    String lastId() {
        return frames.stream()
                .filter(frame -> frame.has("id"))
                .toList()
                .getLast()
                .get("id")
                .asString();
    }

    /// Their payloads, in order.
    List<JsonNode> payloads(String type) {
        return frames.stream()
                .filter(frame -> frame.get("type").asString().equals(type))
                .map(frame -> frame.get("payload"))
                .toList();
    }

    List<String> texts() {
        return payloads("message:new").stream()
                .map(payload -> payload.get("content").get("text").asString())
                .toList();
    }

    /// As a connection that breaks.
    @Override
    public void close() {
        socket.abort();
    }
}
