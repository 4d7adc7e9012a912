package dev.twotick.devstack.listen;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Hands calls on as they came: the same bytes and headers, except those that belong to one connection.
final class Forward {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Set<String> OF_ONE_CONNECTION =
            Set.of("host", "connection", "content-length", "transfer-encoding", "expect", "upgrade", "keep-alive");

    private final URI target;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(3))
            .build();

    /// @param target whose path every call is posted to
    Forward(URI target) {
        this.target = target;
    }

    /// @param status 502 when there was no answer
    /// @param body of the answer, or why there is none
    record Answered(int status, Map<String, List<String>> headers, byte[] body, long millis) {}

    Answered to(ReceivedCall call) throws InterruptedException {
        var request = HttpRequest.newBuilder(target)
                .timeout(TIMEOUT)
                .method(call.method(), HttpRequest.BodyPublishers.ofByteArray(call.body()));
        call.headers().forEach((name, values) -> {
            if (!OF_ONE_CONNECTION.contains(name)) {
                values.forEach(value -> request.header(name, value));
            }
        });
        long begin = System.nanoTime();
        try {
            var answer = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            return new Answered(answer.statusCode(), answer.headers().map(), answer.body(), since(begin));
        } catch (IOException e) {
            var words = "no answer from " + target + ": " + why(e);
            return new Answered(502, Map.of(), words.getBytes(StandardCharsets.UTF_8), since(begin));
        }
    }

    private static String why(IOException e) {
        return switch (e) {
            case java.net.http.HttpTimeoutException _ -> "it took longer than " + TIMEOUT.toSeconds() + " s";
            case java.net.ConnectException _ -> "nobody listens there; is your application running?";
            default -> String.valueOf(e.getMessage());
        };
    }

    private static long since(long begin) {
        return (System.nanoTime() - begin) / 1_000_000;
    }
}
