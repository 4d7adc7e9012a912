package dev.twotick.devstack.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.X509ExtendedTrustManager;

/// Asks as Meta does: HTTP/1.1, no redirect followed.
final class Client implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int LONGEST_ANSWER = 64 * 1024;

    private final HttpClient http;

    Client(X509ExtendedTrustManager trust) {
        http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(Duration.ofSeconds(10))
                .sslContext(Trust.context(trust))
                .build();
    }

    sealed interface Reply {
        /// What follows "is answered".
        String words();

        /// @param body its beginning
        record Answer(int status, Map<String, String> headers, String body) implements Reply {
            String header(String name) {
                return headers.getOrDefault(name, "");
            }

            boolean isPage() {
                return header("content-type").contains("html")
                        || body.stripLeading().startsWith("<");
            }

            /// Status, and what else tells whose answer it is.
            @Override
            public String words() {
                var server = header("server").isEmpty() ? "" : " (server: " + Report.clean(header("server")) + ")";
                var what = body.isEmpty() ? " with an empty body" : isPage() ? " with a page" : "";
                return status + what + server;
            }
        }

        /// @param why such as "the connection was closed without an answer"
        record Silence(String why) implements Reply {
            @Override
            public String words() {
                return "not at all: " + why;
            }
        }
    }

    Reply get(URI url) throws InterruptedException {
        return send(HttpRequest.newBuilder(url).GET());
    }

    Reply head(URI url) throws InterruptedException {
        return send(HttpRequest.newBuilder(url).HEAD());
    }

    Reply post(URI url, byte[] body, Map<String, String> headers) throws InterruptedException {
        var request = HttpRequest.newBuilder(url)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        return send(request);
    }

    private Reply send(HttpRequest.Builder request) throws InterruptedException {
        try {
            var answer = http.send(
                    request.timeout(TIMEOUT)
                            .header("User-Agent", "twotick-check")
                            .build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
            answer.headers().map().forEach((name, values) -> headers.put(name, values.getFirst()));
            try (var body = answer.body()) {
                return new Reply.Answer(
                        answer.statusCode(),
                        headers,
                        new String(body.readNBytes(LONGEST_ANSWER), StandardCharsets.UTF_8));
            }
        } catch (HttpTimeoutException e) {
            return new Reply.Silence("no answer within " + TIMEOUT.toSeconds() + " s");
        } catch (IOException | UncheckedIOException e) {
            return new Reply.Silence("the connection was closed without an answer (" + e.getMessage() + ")");
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
