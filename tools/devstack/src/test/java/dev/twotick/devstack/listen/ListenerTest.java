package dev.twotick.devstack.listen;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.standardwebhooks.Webhook;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// `listen` by its front door: calls signed by the stock library come over HTTP.
class ListenerTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
    private static final String OTHER = "whsec_b2xkIHNlY3JldCBvbGQgc2VjcmV0IG9sZCBzZWNyZXQ=";
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
    private static final String HELLO = """
            {"type":"message.received","timestamp":"2026-11-29T12:00:00Z","data":{"account":{"display_phone_number":\
            "15550001000"},"type":"text","text":"Hi there 🙂","wa_id":"15550002001","profile_name":"Ada Lovelace"}}""";

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void close() throws Exception {
        for (var each : open.reversed()) {
            each.close();
        }
    }

    @Test
    void aSignedCallIsOneLineAndAnswered204() throws Exception {
        var listener = listener(SECRET, Optional.empty(), false);

        assertThat(post(listener, HELLO, signed(SECRET, HELLO))).isEqualTo(204);
        assertThat(said().lines())
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .matches("#1 \\d\\d:00:00.000  message.received +Ada Lovelace \\+15550002001 → 15550001000:"
                                + " \"Hi there 🙂\"  verified"));
    }

    @Test
    void aBatchIsALineAndOneForEachOfItsEvents() throws Exception {
        var event = HELLO.replaceFirst("\\{", "{\"id\":\"0b9d6c1e-6f1c-4a67-9d57-1f4f1a2b3c4d\",");
        var batch =
                "{\"type\":\"batch\",\"timestamp\":\"2026-11-29T12:00:00Z\",\"data\":[" + event + "," + event + "]}";

        assertThat(post(listener(SECRET, Optional.empty(), false), batch, signed(SECRET, batch)))
                .isEqualTo(204);
        List<String> lines = said().lines().toList();
        assertThat(lines).hasSize(3);
        assertThat(lines.getFirst()).matches("#1 \\d\\d:00:00.000  batch +2 events  verified");
        assertThat(lines.subList(1, 3))
                .containsOnly("    message.received    Ada Lovelace +15550002001 → 15550001000: \"Hi there 🙂\"");
    }

    @Test
    void duringARotationEitherSecretVerifies() throws Exception {
        var both = new TreeMap<>(signed(SECRET, HELLO));
        both.merge("webhook-signature", signed(OTHER, HELLO).get("webhook-signature"), (a, b) -> a + " " + b);

        assertThat(post(listener(SECRET, Optional.empty(), false), HELLO, both)).isEqualTo(204);
        assertThat(post(listener(OTHER, Optional.empty(), false), HELLO, both)).isEqualTo(204);
        assertThat(post(listener(SECRET + ", " + OTHER, Optional.empty(), false), HELLO, both))
                .isEqualTo(204);
        assertThat(said()).contains("1 of 2 signatures fit", "2 of 2 signatures fit");
    }

    static Stream<Arguments> wrongCalls() throws Exception {
        var right = signed(SECRET, HELLO);
        return Stream.of(
                Arguments.of(
                        "no headers at all", Map.of(), "no header webhook-id, webhook-timestamp, webhook-signature"),
                Arguments.of("another secret", signed(OTHER, HELLO), "does not fit the secret known here"),
                Arguments.of("another body", signed(SECRET, HELLO + " "), "changed the id, the time or the body"),
                Arguments.of("another id", with(right, "webhook-id", "msg_2"), "changed the id, the time or the body"),
                Arguments.of("no v1", with(right, "webhook-signature", "v1a,AAAA"), "no signature of the kind v1"),
                Arguments.of("no base64", with(right, "webhook-signature", "v1,%%"), "not the base64 of 32 bytes"),
                Arguments.of("milliseconds", at(NOW.toEpochMilli()), "milliseconds?"),
                Arguments.of("words", with(right, "webhook-timestamp", "today"), "should be seconds since 1970"),
                Arguments.of("old", at(NOW.getEpochSecond() - 301), "signed 301 s ago, and 300 s are allowed"),
                Arguments.of("early", at(NOW.getEpochSecond() + 301), "signed 301 s in the future"),
                Arguments.of(
                        "letters as key",
                        signedWith(SECRET.getBytes(UTF_8), "msg_1." + NOW.getEpochSecond() + "." + HELLO),
                        "the secret's letters"),
                Arguments.of("the body alone", signedWith(key(SECRET), HELLO), "over the body alone"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongCalls")
    void whatIsWrongIsSaidAndAnswered401(String name, Map<String, String> headers, String words) throws Exception {
        assertThat(post(listener(SECRET, Optional.empty(), false), HELLO, headers))
                .isEqualTo(401);
        assertThat(said()).contains("NOT VERIFIED: ").contains(words);
    }

    @Test
    void withinFiveMinutesATimeIsFine() throws Exception {
        var listener = listener(SECRET, Optional.empty(), false);
        assertThat(post(listener, HELLO, at(NOW.getEpochSecond() - 300))).isEqualTo(204);
        assertThat(post(listener, HELLO, at(NOW.getEpochSecond() + 300))).isEqualTo(204);
    }

    @Test
    void withoutASecretNothingIsJudged() throws Exception {
        assertThat(post(listener("", Optional.empty(), false), HELLO, Map.of())).isEqualTo(204);
        assertThat(said()).contains("signature not looked at");
    }

    @Test
    void aSecretThatIsNoneIsRefused() {
        assertThatThrownBy(() -> listener("whsec_not base64", Optional.empty(), false))
                .hasMessageContaining("standard base64");
        assertThatThrownBy(() -> listener("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Optional.empty(), false))
                .hasMessageContaining("begins with whsec_");
    }

    @Test
    void aCallIsForwardedAsItCameAndTheAnswerIsTheApplications() throws Exception {
        var got = new CopyOnWriteArrayList<Received>();
        var application = application(got, 503, "not now");
        var to = URI.create("http://127.0.0.1:" + application.getAddress().getPort() + "/hooks?a=b");
        var listener = listener(SECRET, Optional.of(to), false);
        var headers = new TreeMap<>(signed(SECRET, HELLO));
        headers.put("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        var answer = send(listener, HELLO, headers);

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).isEqualTo("not now");
        assertThat(answer.headers().firstValue("retry-after")).contains("7");
        assertThat(got).singleElement().satisfies(call -> {
            assertThat(call.body).isEqualTo(HELLO.getBytes(UTF_8));
            assertThat(call.target).isEqualTo("/hooks?a=b");
            assertThat(call.headers).containsAllEntriesOf(headers).containsKey("content-length");
            assertThat(call.headers).doesNotContainKey("transfer-encoding");
        });
        assertThat(said()).contains("answered 503 in ").contains(": not now");
    }

    @Test
    void aWrongSignatureIsForwardedTooForTheApplicationToRefuse() throws Exception {
        var got = new CopyOnWriteArrayList<Received>();
        var application = application(got, 403, "");
        var to = URI.create("http://127.0.0.1:" + application.getAddress().getPort() + "/");

        assertThat(post(listener(SECRET, Optional.of(to), false), HELLO, signed(OTHER, HELLO)))
                .isEqualTo(403);
        assertThat(got).hasSize(1);
        assertThat(said()).contains("NOT VERIFIED");
    }

    @Test
    void whereNobodyListensTheAnswerIs502SoThatTwotickTriesAgain() throws Exception {
        var application = application(new ArrayList<>(), 200, "");
        int port = application.getAddress().getPort();
        application.stop(0);

        assertThat(post(
                        listener(SECRET, Optional.of(URI.create("http://127.0.0.1:" + port + "/")), false),
                        HELLO,
                        signed(SECRET, HELLO)))
                .isEqualTo(502);
        assertThat(said()).contains("nobody listens there; is your application running?");
    }

    @Test
    void whatAStrangerWroteSteersNoTerminal() throws Exception {
        var evil = HELLO.replace("Hi there", "\\u001b]0;pwned\\u0007\\u009b31m\\u202Ebackwards");
        var listener = listener(SECRET, Optional.empty(), true);

        assertThat(post(listener, evil, signed(SECRET, evil))).isEqualTo(204);
        assertThat(said().codePoints().filter(c -> c != '\n' && (Character.isISOControl(c) || c == 0x202e)))
                .isEmpty();
    }

    @Test
    void theJsonComesOnRequest() throws Exception {
        var listener = listener(SECRET, Optional.empty(), false);
        post(listener, HELLO, signed(SECRET, HELLO));
        assertThat(said()).doesNotContain("\"profile_name\"");
        listener.show(1);
        assertThat(said()).contains("\"profile_name\" : \"Ada Lovelace\"");
    }

    @Test
    void aGetIsSaidAndRefused() throws Exception {
        var listener = listener(SECRET, Optional.empty(), false);
        var get = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + "/health"))
                .build();
        assertThat(client.send(get, HttpResponse.BodyHandlers.discarding()).statusCode())
                .isEqualTo(405);
        assertThat(said()).contains("GET").contains("/health").contains("hook calls are POSTs");
    }

    @Test
    void aTakenPortIsSaid() throws Exception {
        int taken = listener(SECRET, Optional.empty(), false).port();
        assertThatThrownBy(() -> new Listener(
                        taken, SECRET, Optional.empty(), false, new Screen(System.out, false), InstantSource.system()))
                .isInstanceOf(BindException.class);
    }

    // ---- the other side

    private Listener listener(String secrets, Optional<URI> forwardTo, boolean json) throws IOException {
        var screen = new Screen(new PrintStream(written, true, UTF_8), false);
        var listener = new Listener(0, secrets, forwardTo, json, screen, InstantSource.fixed(NOW));
        open.add(listener);
        return listener;
    }

    private record Received(String target, Map<String, String> headers, byte[] body) {}

    private HttpServer application(List<Received> got, int status, String words) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            var headers = new TreeMap<String, String>();
            exchange.getRequestHeaders()
                    .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
            got.add(new Received(
                    exchange.getRequestURI().toString(),
                    headers,
                    exchange.getRequestBody().readAllBytes()));
            exchange.getResponseHeaders().set("Retry-After", "7");
            exchange.sendResponseHeaders(status, words.isEmpty() ? -1 : words.length());
            exchange.getResponseBody().write(words.getBytes(UTF_8));
            exchange.close();
        });
        server.start();
        open.add(() -> server.stop(0));
        return server;
    }

    private int post(Listener listener, String body, Map<String, String> headers) throws Exception {
        return send(listener, body, headers).statusCode();
    }

    private HttpResponse<String> send(Listener listener, String body, Map<String, String> headers) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + "/"))
                .POST(HttpRequest.BodyPublishers.ofString(body));
        headers.forEach(request::header);
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private String said() {
        return written.toString(StandardCharsets.UTF_8);
    }

    private static Map<String, String> signed(String secret, String body) throws Exception {
        return at(NOW.getEpochSecond(), secret, body);
    }

    private static Map<String, String> at(long seconds) throws Exception {
        return at(seconds, SECRET, HELLO);
    }

    private static Map<String, String> at(long seconds, String secret, String body) throws Exception {
        return headers(seconds, new Webhook(secret).sign("msg_1", seconds, body));
    }

    private static Map<String, String> signedWith(byte[] key, String content) throws Exception {
        var mac = javax.crypto.Mac.getInstance("HmacSHA256");
        mac.init(new javax.crypto.spec.SecretKeySpec(key, "HmacSHA256"));
        return headers(
                NOW.getEpochSecond(),
                "v1," + java.util.Base64.getEncoder().encodeToString(mac.doFinal(content.getBytes(UTF_8))));
    }

    private static byte[] key(String secret) {
        return java.util.Base64.getDecoder().decode(secret.substring("whsec_".length()));
    }

    private static Map<String, String> headers(long seconds, String signature) {
        return Map.of(
                "content-type",
                "application/json",
                "webhook-id",
                "msg_1",
                "webhook-timestamp",
                String.valueOf(seconds),
                "webhook-signature",
                signature);
    }

    private static Map<String, String> with(Map<String, String> headers, String name, String value) {
        var changed = new TreeMap<>(headers);
        changed.put(name, value);
        return changed;
    }
}
