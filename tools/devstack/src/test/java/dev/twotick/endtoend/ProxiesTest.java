package dev.twotick.endtoend;

import static dev.twotick.endtoend.Bodies.messages;
import static dev.twotick.endtoend.Bodies.payload;
import static dev.twotick.endtoend.Bodies.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twotick.stores.CertificateAuthority;
import dev.twotick.stores.FreePort;
import dev.twotick.stores.Installed;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The configurations of docs/deploy.md, each in its proxy: taken out of the page, told our ports, and without TLS; and
/// those of compose.yaml's profile tls, with it.
/// Where a proxy is not installed its test says so.
@WithStores
class ProxiesTest {
    private static final String PAGE = "docs/deploy.md";
    private static Installation twotick;
    private final HttpClient anybody = HttpClient.newHttpClient();

    @TempDir
    Path home;

    @BeforeAll
    static void start(Stores stores) throws Exception {
        twotick = new Installation(stores, 0);
    }

    @AfterAll
    static void stop() {
        twotick.close();
    }

    @Test
    void nginxHandsOnWhatMetaPosts() throws Exception {
        Path nginx = program("nginx");
        int port = FreePort.any();
        String block = block("nginx")
                .replace("listen 443 ssl;", "listen 127.0.0.1:" + port + ";")
                .replaceAll("(?m)^ *ssl_certificate.*$", "");
        handsOn(port, nginx(nginx, block));
    }

    @Test
    void nginxTakesPayloadsFromMetaAlone() throws Exception {
        Path nginx = program("nginx");
        int port = FreePort.any();
        CertificateAuthority ca = certify();
        String first = block("nginx");
        String blocks = first.substring(0, first.indexOf("server {\n    listen"))
                + block("nginx", 1)
                        .replace("listen 443 ssl;", "listen 127.0.0.1:" + port + " ssl;")
                        .replace(
                                "/etc/ssl/hooks.example.com.pem",
                                home.resolve("chain.pem").toString())
                        .replace(
                                "/etc/ssl/hooks.example.com.key",
                                home.resolve("key.pem").toString())
                        .replace("/etc/ssl/meta-ca.pem", home.resolve("ca.pem").toString());
        in(port, nginx(nginx, blocks), () -> takesPayloadsFromMetaAlone(port, ca));
    }

    private List<String> nginx(Path nginx, String blocks) throws IOException {
        String user = System.getProperty("user.name").equals("root") ? "user root;\n" : "";
        Path conf = Files.writeString(
                home.resolve("nginx.conf"),
                user + "pid nginx.pid; daemon off; error_log stderr; events {}\nhttp {\naccess_log off;"
                        + " client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;"
                        + " uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n" + blocks + "}\n");
        return List.of(nginx.toString(), "-p", home.toString(), "-c", conf.toString());
    }

    @Test
    void behindNginxNobodySeesAnIngestDie() throws Exception {
        Path nginx = program("nginx");
        int port = FreePort.any();
        anIngestDies(port, false, other -> {
            String block = block("nginx", 2)
                    .replace("listen 443 ssl;", "listen 127.0.0.1:" + port + ";")
                    .replaceAll("(?m)^ *ssl_certificate.*$", "")
                    .replace("127.0.0.1:8090", "127.0.0.1:" + other);
            return nginx(nginx, block);
        });
    }

    @Test
    void behindHaproxyWhatMetaSendsAgainIsTakenWhenAnIngestDied() throws Exception {
        Path haproxy = program("haproxy");
        int port = FreePort.any();
        anIngestDies(port, true, other -> {
            String block = block("haproxy", 1)
                    .replaceAll("bind :443 ssl crt \\S+", "bind 127.0.0.1:" + port)
                    .replace("127.0.0.1:8090", "127.0.0.1:" + other);
            Path conf = Files.writeString(home.resolve("haproxy.cfg"), block);
            return List.of(haproxy.toString(), "-db", "-f", conf.toString());
        });
    }

    private static int post(int port, byte[] body, boolean again) throws IOException, InterruptedException {
        try {
            return twotick.post(port, body);
        } catch (IOException e) {
            if (!again) {
                throw e;
            }
            return post(port, body, true);
        }
    }

    private interface Balancer {
        /// @param other port of the second ingest
        List<String> command(int other) throws IOException;
    }

    /// By SIGKILL, while many post.
    ///
    /// @param again what got no answer is sent again
    private void anIngestDies(int port, boolean again, Balancer balancer) throws Exception {
        Map<String, String> environment = new HashMap<>(twotick.environment);
        environment.put("TWOTICK_HTTP_PORT", String.valueOf(FreePort.any()));
        environment.put("TWOTICK_HTTP_HOST", "127.0.0.1");
        Set<String> accepted = ConcurrentHashMap.newKeySet();
        List<String> failures = new CopyOnWriteArrayList<>();
        AtomicBoolean going = new AtomicBoolean(true);
        try (Jvm second = Jvm.ingest("128m", environment).ready();
                ExecutorService meta = Executors.newVirtualThreadPerTaskExecutor()) {
            in(port, balancer.command(second.port()), () -> {
                List<Future<?>> posting = IntStream.range(0, 6)
                        .<Future<?>>mapToObj(n -> meta.submit(() -> {
                            for (int i = 0; going.get(); i++) {
                                String wamid = "wamid.Of" + port + "." + n + "." + i;
                                byte[] body = payload(messages("3001", List.of(text("16505553001", wamid, "hi"))))
                                        .getBytes(UTF_8);
                                int status = post(port, body, again);
                                if (status == 200) {
                                    accepted.add(wamid);
                                } else {
                                    failures.add(wamid + " " + status);
                                }
                            }
                            return null;
                        }))
                        .toList();
                await().until(() -> accepted.size() > 200 || !failures.isEmpty());
                second.kill();
                int then = accepted.size();
                await().until(() -> accepted.size() > then + 200 || !failures.isEmpty());
                going.set(false);
                for (Future<?> one : posting) {
                    one.get();
                }
            });
        }
        assertThat(failures).isEmpty();
        assertThat(Set.copyOf(twotick.db
                        .resultQuery("select distinct substring(convert_from(body, 'UTF8') from 'wamid.Of" + port
                                + "[.0-9]+') from payload where position('wamid.Of" + port + ".' in"
                                + " convert_from(body, 'UTF8')) > 0")
                        .fetch(0, String.class)))
                .isEqualTo(accepted);
    }

    @Test
    void haproxyHandsOnWhatMetaPosts() throws Exception {
        Path haproxy = program("haproxy");
        int port = FreePort.any();
        String block = block("haproxy").replaceAll("bind :443 ssl crt \\S+", "bind 127.0.0.1:" + port);
        Path conf = Files.writeString(home.resolve("haproxy.cfg"), block);
        handsOn(port, List.of(haproxy.toString(), "-db", "-f", conf.toString()));
    }

    @Test
    void caddyHandsOnWhatMetaPosts() throws Exception {
        Path caddy = program("caddy");
        int port = FreePort.any();
        String block = block("caddyfile").replace("hooks.example.com {", "http://127.0.0.1:" + port + " {");
        Path conf = Files.writeString(home.resolve("Caddyfile"), "{\n\tadmin off\n}\n" + block);
        handsOn(port, List.of(caddy.toString(), "run", "--adapter", "caddyfile", "--config", conf.toString()));
    }

    @Test
    void composesCaddyServesTls() throws Exception {
        int port = FreePort.any();
        CertificateAuthority ca = certify();
        inComposesCaddy("Caddyfile", port, () -> {
            HttpClient meta = HttpClient.newBuilder().sslContext(ca.client()).build();
            URI webhook = URI.create("https://localhost:" + port + "/webhook");
            assertThat(Installation.post(meta, webhook, ofThreeMebibytes())).isEqualTo(200);
            assertThat(status(meta, webhook.resolve("/webhook/?hub.mode=no"))).isEqualTo(403);
            assertThat(status(meta, webhook.resolve("/metrics"))).isEqualTo(404);
        });
    }

    @Test
    void composesCaddyTakesPayloadsFromMetaAlone() throws Exception {
        int port = FreePort.any();
        CertificateAuthority ca = certify();
        inComposesCaddy("mutual.Caddyfile", port, () -> takesPayloadsFromMetaAlone(port, ca));
    }

    private static void takesPayloadsFromMetaAlone(int port, CertificateAuthority ca) throws Exception {
        URI webhook = URI.create("https://localhost:" + port + "/webhook");
        HttpClient meta = showing(ca, ca, "CN=client.webhooks.fbclientcerts.com,O=Meta");
        assertThat(Installation.post(meta, webhook, ofThreeMebibytes())).isEqualTo(200);
        assertThat(status(meta, webhook.resolve("/metrics"))).isEqualTo(404);

        HttpClient nobody = HttpClient.newBuilder().sslContext(ca.client()).build();
        assertThat(Installation.post(nobody, webhook, small())).isEqualTo(403);
        assertThat(status(
                        nobody,
                        URI.create(webhook + "?hub.mode=subscribe&hub.challenge=42&hub.verify_token="
                                + "a%20verify%20token%20of%20the%20tests")))
                .isEqualTo(200);
        HttpClient other = showing(ca, ca, "CN=other.example,O=client.webhooks.fbclientcerts.com");
        assertThat(Installation.post(other, webhook, small())).isEqualTo(403);
        HttpClient forger =
                showing(ca, new CertificateAuthority("CN=Of proxies"), "CN=client.webhooks.fbclientcerts.com,O=Meta");
        assertThat(refused(forger, webhook)).isTrue();
    }

    /// Caddy ends TLS, nginx says it in HTTP.
    private static boolean refused(HttpClient forger, URI webhook) throws InterruptedException {
        try {
            return Installation.post(forger, webhook, small()) == 400;
        } catch (IOException e) {
            return true;
        }
    }

    /// A certificate of the proxy's and the authority that clients' are held against, in files.
    private CertificateAuthority certify() throws IOException {
        CertificateAuthority ca = new CertificateAuthority("CN=Of proxies");
        CertificateAuthority.Signed signed = ca.sign("CN=localhost", Duration.ofDays(1));
        Files.writeString(home.resolve("chain.pem"), signed.certificatePem());
        Files.writeString(home.resolve("key.pem"), signed.keyPem());
        Files.writeString(home.resolve("ca.pem"), ca.pem());
        return ca;
    }

    private static HttpClient showing(CertificateAuthority trusted, CertificateAuthority signer, String name) {
        return HttpClient.newBuilder()
                .sslContext(trusted.client(signer.sign(name, Duration.ofDays(1))))
                .build();
    }

    private static int status(HttpClient client, URI uri) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /// With a certificate of ours, where it would get one of its own.
    private void inComposesCaddy(String file, int port, Try then) throws Exception {
        Path caddy = program("caddy");
        String tls = "tls " + home.resolve("chain.pem") + " " + home.resolve("key.pem");
        String text = Files.readString(project("docker/tls/" + file))
                .replace("admin off", "admin off\n\tauto_https disable_redirects")
                .replace("{$TWOTICK_PROXY_HOST} {", "https://localhost:" + port + " {")
                .replace("ingest:8080", "127.0.0.1:" + twotick.port());
        text = text.contains("\ttls {")
                ? text.replace("\ttls {", "\t" + tls + " {")
                : text.replace(port + " {", port + " {\n\t" + tls);
        Path conf = Files.writeString(home.resolve("Caddyfile"), text);
        in(port, List.of(caddy.toString(), "run", "--adapter", "caddyfile", "--config", conf.toString()), then);
    }

    private interface Try {
        void run() throws Exception;
    }

    private void handsOn(int port, List<String> command) throws Exception {
        in(port, command, () -> handsOn(port));
    }

    private void in(int port, List<String> command, Try then) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("log").toFile());
        builder.environment().put("HOME", home.toString());
        builder.environment()
                .put("TWOTICK_PROXY_CLIENT_CA", home.resolve("ca.pem").toString());
        builder.environment().put("XDG_DATA_HOME", home.toString());
        builder.environment().put("XDG_CONFIG_HOME", home.toString());
        Process proxy = builder.start();
        try {
            await().until(() -> !proxy.isAlive() || FreePort.listens(port));
            assertThat(proxy.isAlive())
                    .as(Files.readString(home.resolve("log")))
                    .isTrue();
            then.run();
        } finally {
            proxy.destroy();
            proxy.waitFor();
        }
    }

    private void handsOn(int port) throws Exception {
        assertThat(twotick.post(port, small())).isEqualTo(200);
        assertThat(twotick.post(port, ofThreeMebibytes())).isEqualTo(200);
        assertThat(get(
                        port,
                        "/webhook?hub.mode=subscribe&hub.challenge=42&hub.verify_token="
                                + "a%20verify%20token%20of%20the%20tests"))
                .isEqualTo("200 42");
        assertThat(get(port, "/webhook?hub.mode=subscribe&hub.challenge=42&hub.verify_token=x"))
                .startsWith("403");
        for (String path : List.of("/health", "/ready", "/metrics", "/", "/elsewhere")) {
            assertThat(get(port, path)).startsWith("404");
        }
    }

    private static byte[] small() {
        return payload(messages("3001", List.of(text("16505553001", "wamid.Proxy", "hi"))))
                .getBytes(UTF_8);
    }

    private static byte[] ofThreeMebibytes() {
        byte[] body = Arrays.copyOf(small(), 3 * 1024 * 1024);
        Arrays.fill(body, small().length, body.length, (byte) ' ');
        return body;
    }

    private String get(int port, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .build();
        HttpResponse<String> answer = anybody.send(request, HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() + " " + answer.body();
    }

    /// The page's block in that language, with ingest where it is.
    private static String block(String language) throws IOException {
        return block(language, 0);
    }

    /// @param skipped blocks of that language that stand before it
    private static String block(String language, int skipped) throws IOException {
        var block = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(Files.readString(project(PAGE)));
        for (int i = 0; i <= skipped; i++) {
            assertThat(block.find())
                    .as("a block of " + language + " in " + PAGE)
                    .isTrue();
        }
        return block.group(1).replace("127.0.0.1:8080", "127.0.0.1:" + twotick.port());
    }

    private static Path project(String file) {
        return Stream.iterate(Path.of("").toAbsolutePath(), Path::getParent)
                .map(folder -> folder.resolve(file))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow();
    }

    private static Path program(String name) {
        Optional<Path> program = Installed.program(name);
        assumeTrue(program.isPresent(), "there is no " + name + " here");
        return program.orElseThrow();
    }
}
