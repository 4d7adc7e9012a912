package dev.twotick.bench;

import dev.twotick.devstack.StackFailure;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Somebody who has signed in to a console and looks at its pages, one after the other.
final class ConsoleVisit implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final HttpClient client = HttpClient.newHttpClient();
    private final String url;
    private final String cookie;

    /// A page, and how long it took until all of it was here.
    record Page(String body, double millis) {
        /// Where the list goes on: the first link of that relation whose address holds these words.
        Optional<String> next(String words) {
            Matcher link = Pattern.compile("href=\"([^\"]*" + Pattern.quote(words) + "[^\"]*)\" rel=\"(?:next|prev)\"")
                    .matcher(body);
            return link.find() ? Optional.of(link.group(1).replace("&amp;", "&")) : Optional.empty();
        }
    }

    /// Signs in by [Stack#SIGN_IN_LINK].
    ConsoleVisit(int port) {
        url = "http://127.0.0.1:" + port;
        var answer = send(HttpRequest.newBuilder(URI.create(url + "/sign-in"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("link=" + escaped(Stack.SIGN_IN_LINK)))
                .build());
        cookie = answer.headers()
                .firstValue("Set-Cookie")
                .orElseThrow(() -> new StackFailure("the console lets nobody in: HTTP " + answer.statusCode()))
                .replaceFirst(";.*", "");
    }

    static String escaped(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /// For frames of that type, as a page does.
    void listen(String type) {
        client.newWebSocketBuilder()
                .header("Cookie", cookie)
                .header("Origin", url)
                .buildAsync(
                        URI.create(url.replaceFirst("http", "ws") + "/ws?type=" + type), new WebSocket.Listener() {})
                .join();
    }

    /// A page, or what the API answers.
    Page get(String path) {
        var request = HttpRequest.newBuilder(URI.create(url + path)).timeout(PATIENCE);
        if (path.startsWith("/api/")) {
            request.header("Authorization", "Bearer " + Stack.API_TOKEN);
        } else {
            request.header("Cookie", cookie);
        }
        long begin = System.nanoTime();
        var answer = send(request.build());
        double millis = (System.nanoTime() - begin) / 1e6;
        if (answer.statusCode() != 200) {
            throw new StackFailure("the console answers " + path + " with HTTP " + answer.statusCode() + " after "
                    + Math.round(millis) + " ms; see its log (--keep)");
        }
        return new Page(answer.body(), millis);
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new StackFailure("the console does not answer: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackFailure("interrupted", e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
