package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLContext;

/// Meta's side of the line.
final class Meta {
    private final SSLContext tls;
    private final HttpClient http;
    private final URI callback;
    private final String secret;

    Meta(URI callback, String secret) {
        this(callback, secret, CertificateFiles.CA.client());
    }

    /// @param tls whom it trusts, and what it shows
    Meta(URI callback, String secret, SSLContext tls) {
        this.callback = callback;
        this.secret = secret;
        this.tls = tls;
        http = connections();
    }

    private HttpClient connections() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(30)) // a full backlog makes the kernel ask again after 1, 3, 7, 15 s
                .sslContext(tls)
                .build();
    }

    /// On a connection that no post has come over.
    HttpResponse<String> postAnew(String body) {
        try (HttpClient once = connections()) {
            return send(once, signed(body.getBytes(UTF_8), sign(body.getBytes(UTF_8), secret)));
        }
    }

    HttpResponse<String> post(String body) {
        return post(body.getBytes(UTF_8));
    }

    HttpResponse<String> post(byte[] body) {
        return post(body, sign(body, secret));
    }

    HttpResponse<String> post(byte[] body, String signature) {
        return send(signed(body, signature));
    }

    private HttpRequest.Builder signed(byte[] body, String signature) {
        return request().header("X-Hub-Signature-256", signature).POST(BodyPublishers.ofByteArray(body));
    }

    HttpResponse<String> postUnsigned(byte[] body) {
        return send(request().POST(BodyPublishers.ofByteArray(body)));
    }

    /// Without Content-Length.
    HttpResponse<String> postChunked(byte[] body) {
        return send(request()
                .header("X-Hub-Signature-256", sign(body, secret))
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))));
    }

    HttpResponse<String> handshake(Map<String, String> parameters) {
        return get("?"
                + parameters.entrySet().stream()
                        .map(p -> p.getKey() + "=" + URLEncoder.encode(p.getValue(), UTF_8))
                        .collect(Collectors.joining("&")));
    }

    HttpResponse<String> get(String rest) {
        return send(HttpRequest.newBuilder(URI.create(callback + rest)).GET());
    }

    HttpResponse<String> head() {
        return send(HttpRequest.newBuilder(callback).HEAD());
    }

    private HttpRequest.Builder request() {
        return HttpRequest.newBuilder(callback).timeout(Duration.ofMinutes(1));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        return send(http, request);
    }

    private static HttpResponse<String> send(HttpClient client, HttpRequest.Builder request) {
        try {
            return client.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError("no answer", e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static String sign(byte[] body, String secret) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
            return "sha256=" + HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
