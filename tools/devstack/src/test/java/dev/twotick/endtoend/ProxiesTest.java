package dev.twotick.endtoend;

import static dev.twotick.endtoend.Bodies.messages;
import static dev.twotick.endtoend.Bodies.payload;
import static dev.twotick.endtoend.Bodies.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The configurations of docs/deploy.md, each in its proxy: taken out of the page, told our ports, and without TLS.
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
        String user = System.getProperty("user.name").equals("root") ? "user root;\n" : "";
        Path conf = Files.writeString(
                home.resolve("nginx.conf"),
                user + "pid nginx.pid; daemon off; error_log stderr; events {}\nhttp {\naccess_log off;"
                        + " client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;"
                        + " uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n" + block + "}\n");
        handsOn(port, List.of(nginx.toString(), "-p", home.toString(), "-c", conf.toString()));
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

    private void handsOn(int port, List<String> command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("log").toFile());
        builder.environment().put("HOME", home.toString());
        builder.environment().put("XDG_DATA_HOME", home.toString());
        builder.environment().put("XDG_CONFIG_HOME", home.toString());
        Process proxy = builder.start();
        try {
            await().until(() -> !proxy.isAlive() || FreePort.listens(port));
            assertThat(proxy.isAlive())
                    .as(Files.readString(home.resolve("log")))
                    .isTrue();

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
        } finally {
            proxy.destroy();
            proxy.waitFor();
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
        Path page = Stream.iterate(Path.of("").toAbsolutePath(), Path::getParent)
                .map(folder -> folder.resolve(PAGE))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow();
        var block = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(Files.readString(page));
        assertThat(block.find()).as("a block of " + language + " in " + PAGE).isTrue();
        return block.group(1).replace("127.0.0.1:8080", "127.0.0.1:" + twotick.port());
    }

    private static Path program(String name) {
        Optional<Path> program = Installed.program(name);
        assumeTrue(program.isPresent(), "there is no " + name + " here");
        return program.orElseThrow();
    }
}
