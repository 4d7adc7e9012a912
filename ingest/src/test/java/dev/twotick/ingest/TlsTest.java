package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What TLS brings to the door besides posts. The limits of what comes over it are in the tests that run both [Way]s.
@WithStores
class TlsTest {
    private static final String POST =
            "POST /webhook HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256=" + "0".repeat(64) + "\r\n";

    @TempDir
    private Path folder;

    private Running running;

    @BeforeEach
    void start(Stores stores) throws Exception {
        running = Running.start(stores, new CertificateFiles(folder).settings());
        running.sql("truncate payload_log");
    }

    @AfterEach
    void stop() {
        running.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aPostOverThisVersionIsLogged(String version) throws Exception {
        byte[] body = new byte[3 * 1024 * 1024];
        Arrays.fill(body, (byte) 'x');
        HttpRequest post = HttpRequest.newBuilder(overTls("/webhook"))
                .header(SignatureVerifier.HEADER, Meta.sign(body, Running.SECRET))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        HttpClient client = HttpClient.newBuilder() // offers HTTP/2, and takes 1.1
                .sslContext(CertificateFiles.CA.client())
                .sslParameters(new SSLParameters(null, new String[] {version}))
                .build();
        HttpResponse<String> answer = client.send(post, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
        assertThat(answer.sslSession().orElseThrow().getProtocol()).isEqualTo(version);
        assertThat(running.log())
                .singleElement()
                .satisfies(row -> assertThat(row.body()).isEqualTo(body));
    }

    @Test
    void nothingBelowTls12IsSpoken() throws Exception {
        String hello = "0302" + "11".repeat(32) + "00" + "0004" + "c009c00a" + "0100"; // TLS 1.1
        try (RawClient client = new RawClient(running.ingest.tlsPort())) {
            client.say(HexFormat.of().parseHex("160301" + "0031" + "0100002d" + hello + "0000"));
            byte[] heard = client.hear().text().getBytes(ISO_8859_1);
            assertThat(heard).startsWith(0x15).endsWith(2, 70); // a fatal alert: the version
        }
        await().until(() -> running.metrics().contains("tls_refused_total{reason=\"version or cipher\"} 1"));
    }

    @Test
    void whoSpeaksHttpToItIsHungUpOn() throws Exception {
        try (RawClient client = new RawClient(running.ingest.tlsPort())) {
            client.say("GET /ready HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.hear().statuses()).isEmpty();
        }
        await().until(() -> running.metrics().contains("tls_refused_total{reason=\"not TLS\"} 1"));
    }

    /// Or Meta's certificate could be done without by way of the other port.
    @Test
    void aPostThatDoesNotComeOverTlsIsRefusedAndCounted() throws Exception {
        Meta plain = running.path("/webhook");
        assertThat(plain.post("{}").statusCode()).isEqualTo(403);
        assertThat(running.bodies()).isEmpty();
        assertThat(running.metrics()).contains("posts_total{outcome=\"not over TLS\",status=\"403\"} 1");
    }

    @ParameterizedTest
    @CsvSource({"/ready, 200", "/live, 200", "/health, 200", "/metrics, 404", "/elsewhere, 404", "/webhook, 403"})
    void probesAreAnsweredOverTlsAndMetricsAreNot(String path, int status) throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().sslContext(CertificateFiles.CA.client()).build()) {
            HttpRequest get = HttpRequest.newBuilder(overTls(path)).build();
            assertThat(client.send(get, HttpResponse.BodyHandlers.discarding()).statusCode())
                    .isEqualTo(status);
        }
    }

    @Test
    void metaCanCheckTheCallback() {
        assertThat(running.client(Running.SECRET)
                        .handshake(Map.of(
                                "hub.mode", "subscribe", "hub.challenge", "42", "hub.verify_token", Running.TOKEN))
                        .body())
                .isEqualTo("42");
    }

    @Test
    void aHandshakeThatComesByAndByIsCutOff() throws Exception {
        try (RawClient client = new RawClient(running.ingest.tlsPort())) {
            byte[] hello = HexFormat.of().parseHex("160301" + "1000" + "0100" + "0ffc" + "0303" + "11".repeat(4090));
            for (int i = 0; i < hello.length && client.say(new byte[] {hello[i]}); i++) {
                LockSupport.parkNanos(200_000_000);
            }
            assertThat(client.hear().closed()).isTrue();
        }
        await().until(() -> running.metrics().contains("tls_refused_total{reason=\"too slow\"} 1"));
    }

    /// Neither a head nor a body has begun: only who looks at TLS sees it.
    @Test
    void aRecordThatComesByAndByIsCutOff() throws Exception {
        try (Line line = new Line(running.ingest.tlsPort());
                RawClient client = new RawClient(line.port()).overTls()) {
            client.say(POST + "Content-Length: 0\r\n\r\n");
            assertThat(client.hearStatus()).isEqualTo(401);
            line.drip();
            client.say("GET /ready HTTP/1.1\r\nHost: x\r\nX-A: " + "a".repeat(200) + "\r\n\r\n");
            assertThat(client.hear()).isEqualTo(new RawClient.Heard(List.of(), "", true));
        }
    }

    /// More than it lets in at a time, each with its handshake made.
    @Test
    void inASmallHeapStrangersWithoutNumberHoldMetaUpNowhere(Stores stores) throws Exception {
        Map<String, String> settings = new CertificateFiles(folder).settings();
        try (IngestProcess ingest = new IngestProcess(stores, settings, "-Xmx64m");
                ExecutorService strangers = Executors.newVirtualThreadPerTaskExecutor()) {
            Traffic meta = new Traffic(4, ingest::metaOverTls);
            meta.awaitMore(50, 200);
            List<Future<RawClient.Heard>> heard = new ArrayList<>();
            for (int i = 0; i < 800; i++) {
                heard.add(strangers.submit(() -> {
                    try (RawClient stranger =
                            RawClient.stranger(ingest.tlsPort()).overTls()) {
                        stranger.say(POST + "Content-Length: 0\r\n\r\n");
                        return stranger.hear();
                    }
                }));
            }
            for (Future<RawClient.Heard> each : heard) {
                assertThat(each.get().statuses()).isSubsetOf(401, 429); // or its handshake took too long
                assertThat(each.get().closed()).isTrue();
            }
            meta.awaitMore(50, 200);
            meta.end();
            assertThat(meta.answered(503)).isZero();
            assertThat(ingest.process.isAlive()).isTrue();
            assertThat(running.kept()).containsAll(meta.accepted);
        }
    }

    private URI overTls(String path) {
        return URI.create("https://localhost:" + running.ingest.tlsPort() + path);
    }
}
