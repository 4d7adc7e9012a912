package dev.twotick.devstack;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;

/// Whether a process answers `GET /health` with 200, and whether its port is there to be had.
final class HealthProbe {
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();

    /// @param healthy 200
    /// @param words the answer's status and body as one line, or why there is none
    record Answer(boolean healthy, String words) {
        /// Healthy, but a store is missing: ingest takes payloads even so.
        boolean lacksAStore() {
            return words.contains("\"answers\":false");
        }

        boolean warns() {
            return words.contains("\"warnings\":[\"");
        }
    }

    Answer ask(String baseUrl) throws InterruptedException {
        try {
            var response = get(baseUrl + "/health");
            return new Answer(
                    response.statusCode() == 200,
                    response.statusCode() + " " + response.body().strip());
        } catch (IOException e) {
            return new Answer(false, "no answer");
        }
    }

    /// The worker's metrics; empty if it does not answer.
    String metrics(Map<String, String> run) throws InterruptedException {
        try {
            return get(run.getOrDefault("TWOTICK_WORKER_URL", "") + "/metrics").body();
        } catch (IOException e) {
            return "";
        }
    }

    private HttpResponse<String> get(String url) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(5))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /// @param hostName the setting of the address that it is on
    /// @throws StackFailure naming the setting to change, if the port is taken
    static void requireFree(StackSettings settings, String hostName, String name) {
        String host = settings.get(hostName);
        int port = settings.port(name);
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(host, port));
        } catch (IOException | IllegalArgumentException e) {
            throw new StackFailure(
                    "port " + port + " cannot be had on " + host + " (" + e.getMessage()
                            + "); set " + name
                            + " to another one, for example " + name + "=" + (port + 1000) + " ./twotick up",
                    e);
        }
    }
}
