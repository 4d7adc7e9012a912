package dev.twotick.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A program that uses the API, with the token of the environment if not with one of its own.
final class Program implements AutoCloseable {
    static final String TOKEN = "a-token-of-a-program-of-the-environment";

    private final HttpClient client = HttpClient.newHttpClient();
    private final String url;
    private final String token;

    Program(int port) {
        this(port, TOKEN);
    }

    Program(int port, String token) {
        this.token = token;
        url = "http://127.0.0.1:" + port + "/api/v1";
    }

    /// @param headers names and values, alternating
    HttpResponse<String> call(String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Authorization", "Bearer " + token)
                .method(method, BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    /// A POST that says it brings more than it does, and goes away.
    ///
    /// @param length a header: how much there will be
    void breakOff(String path, String length, String begin) throws IOException {
        URI uri = URI.create(url + path);
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            String request = "POST " + uri.getPath() + " HTTP/1.1\r\nHost: " + uri.getAuthority()
                    + "\r\nAuthorization: Bearer " + TOKEN + "\r\n" + length + "\r\n\r\n" + begin;
            socket.getOutputStream().write(request.getBytes(UTF_8));
            socket.shutdownOutput();
            socket.getInputStream().readAllBytes(); // until the server closes it, too
        }
    }

    /// What succeeds.
    JsonNode asked(String method, String path, String body) throws Exception {
        HttpResponse<String> answer = call(method, path, body);
        assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
        return json(answer.body());
    }

    static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    static void problem(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        assertThat(json(answer.body()).get("status").asInt()).isEqualTo(status);
    }

    @Override
    public void close() {
        client.close();
    }
}
