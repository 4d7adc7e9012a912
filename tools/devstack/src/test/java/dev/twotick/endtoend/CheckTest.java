package dev.twotick.endtoend;

import static dev.twotick.endtoend.Door.answer;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.twotick.devstack.Signature;
import dev.twotick.devstack.check.DoorCheck;
import dev.twotick.devstack.check.Report;
import dev.twotick.devstack.check.Report.Cause;
import dev.twotick.devstack.check.Report.Finding;
import dev.twotick.devstack.check.Trust;
import dev.twotick.stores.CertificateAuthority;
import dev.twotick.stores.CertificateAuthority.Signed;
import dev.twotick.stores.FreePort;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// `./twotick check` through proxies that misbehave, before a real ingest.
@WithStores
class CheckTest {
    private static final String TOKEN = "a verify token of the tests";
    private static final String SECRET = "an app secret of the tests";
    private static final CertificateAuthority ca = new CertificateAuthority("CN=A test's");
    private static Installation twotick;

    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeAll
    static void start(Stores stores) throws Exception {
        twotick = new Installation(stores, 1);
    }

    @AfterAll
    static void stop() {
        twotick.close();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @Test
    void aSoundProxyPassesAndNothingComesOfIt() throws Exception {
        Report report = check(Door.to(twotick.port()));

        assertThat(report.firstBroken()).isEmpty();
        assertThat(words(report))
                .contains("the right token gets the challenge, a wrong one 403")
                .contains("keeps them as payload 0")
                .contains("a wrong signature is refused (401)")
                .contains("a body of 3 MiB passes");
        twotick.settle();
        assertThat(twotick.one("select count(*) from payload_log")).isNotEqualTo(0L);
        assertThat(twotick.one("select count(*) from payload where state <> 'processed' or events <> 0"))
                .isEqualTo(0L);
        assertThat(twotick.one("select (select count(*) from message) + (select count(*) from contact)"
                        + " + (select count(*) from account) + (select count(*) from hook_page)"))
                .isEqualTo(0L);
    }

    @Test
    void theTwotickOfThisMachineIsTriedFirst() throws Exception {
        URI here = URI.create("http://127.0.0.1:" + twotick.port() + "/webhook");
        Optional<DoorCheck.Here> own = Optional.of(new DoorCheck.Here(here, Trust.inAuthorities()));
        Report sound = run(new DoorCheck(here, TOKEN, signing(SECRET), own, Trust.inAuthorities()));
        assertThat(sound.findings().getFirst().hop()).isEqualTo("Twotick itself");
        assertThat(sound.firstBroken()).isEmpty();

        Report wrong = run(new DoorCheck(here, TOKEN, signing("another"), own, Trust.inAuthorities()));
        assertThat(wrong.findings()).singleElement().isInstanceOf(Finding.Broken.class);
    }

    @Test
    void aWrongTokenIsSaid() throws Exception {
        URI url = url(Door.to(twotick.port()), "/webhook");
        fails(
                run(new DoorCheck(url, "another", signing(SECRET), Optional.empty(), Trust.inAuthorities())),
                Cause.HANDSHAKE,
                "TWOTICK_VERIFY_TOKEN");
    }

    @Test
    void aWrongSecretIsToldFromARewrittenBody() throws Exception {
        URI url = url(Door.to(twotick.port()), "/webhook");
        fails(
                run(new DoorCheck(url, TOKEN, signing("another"), Optional.empty(), Trust.inAuthorities())),
                Cause.SIGNATURE,
                "the bytes arrived as sent, and Twotick has another app secret");
        fails(
                check(Door.rewriting(
                        twotick.port(),
                        body -> JsonMapper.shared()
                                .writeValueAsString(JsonMapper.shared().readTree(body))
                                .getBytes(UTF_8))),
                Cause.SIGNATURE,
                "something on the way rewrites the body");
    }

    @Test
    void aSignatureHeaderThatIsDroppedIsSaid() throws Exception {
        fails(
                check(Door.dropping(twotick.port(), "X-Hub-Signature-256")),
                Cause.SIGNATURE,
                "\"no header\", so the header X-Hub-Signature-256 did not arrive");
    }

    @Test
    void withoutTheProofItIsDoubtfulAndNoMore() throws Exception {
        Report report = check(Door.dropping(twotick.port(), "X-Twotick-Check"));
        assertThat(report.firstBroken()).isEmpty();
        assertThat(words(report)).contains("without Twotick's proof").contains("a body of 3 MiB passes");
    }

    @Test
    void theWrongPathIsSaid() throws Exception {
        URI url = url(Door.to(twotick.port()), "/elsewhere");
        fails(
                run(new DoorCheck(url, TOKEN, signing(SECRET), Optional.empty(), Trust.inAuthorities())),
                Cause.HANDSHAKE,
                "The wrong path");
    }

    @Test
    void whoAnswersInTwoticksPlaceIsFoundOut() throws Exception {
        fails(
                check(Door.answering(twotick.port(), exchange -> answer(exchange, 200, ""))),
                Cause.HANDSHAKE,
                "The proxy answers by itself");
        fails(
                check(Door.answering(twotick.port(), exchange -> answer(exchange, 200, "<html>Click to visit</html>"))),
                Cause.HANDSHAKE,
                "A page of the tunnel or proxy");
        fails(
                check(Door.answering(twotick.port(), exchange -> isPost(exchange) && answer(exchange, 200, ""))),
                Cause.SIGNATURE,
                "looks at no signature");
        fails(
                check(Door.answering(twotick.port(), exchange -> {
                    String query = String.valueOf(exchange.getRequestURI().getQuery());
                    return answer(exchange, 200, query.replaceAll(".*hub.challenge=(\\d+).*", "$1"));
                })),
                Cause.HANDSHAKE,
                "it takes any token");
    }

    @Test
    void redirectsLoginsAndProxiesWithoutTwotickAreSaid() throws Exception {
        fails(
                check(Door.answering(twotick.port(), exchange -> {
                    exchange.getResponseHeaders().set("Location", "https://www.example.com/webhook");
                    return answer(exchange, 301, "");
                })),
                Cause.HANDSHAKE,
                "redirected (301) to https://www.example.com/webhook");
        fails(
                check(Door.answering(twotick.port(), exchange -> answer(exchange, 502, "<html>Bad Gateway</html>"))),
                Cause.HANDSHAKE,
                "does not reach Twotick");
        fails(
                check(Door.answering(
                        twotick.port(), exchange -> isPost(exchange) && answer(exchange, 401, "<html>login</html>"))),
                Cause.SIGNATURE,
                "wants a login");
        fails(
                check(Door.answering(
                        twotick.port(), exchange -> isPost(exchange) && answer(exchange, 403, "<html>no</html>"))),
                Cause.SIGNATURE,
                "A firewall");
    }

    @Test
    void theProxysBodyLimitIsFound() throws Exception {
        fails(
                check(Door.answering(
                        twotick.port(),
                        exchange -> length(exchange) > 1_048_576 && answer(exchange, 413, "<html>too large</html>"))),
                Cause.BODY_LIMIT,
                "one of 1048576 bytes passes (nginx's limit");
        fails(
                check(Door.answering(
                        twotick.port(), exchange -> length(exchange) > 200_000 && answer(exchange, 200, ""))),
                Cause.BODY_LIMIT,
                "one of 131072 bytes passes");
    }

    @Test
    void whoCutsLongBodiesOffIsFound() throws Exception {
        fails(
                check(Door.answering(twotick.port(), exchange -> {
                    if (length(exchange) > 100_000) {
                        throw new IOException("cut");
                    }
                    return false;
                })),
                Cause.BODY_LIMIT,
                "not at all: the connection was closed without an answer");
    }

    @Test
    void namesAndPortsThatLeadNowhereAreSaid() throws Exception {
        fails(checkAt(URI.create("http://no-such-host.invalid/webhook")), Cause.ADDRESS, "there is no address for");
        fails(
                checkAt(URI.create("http://127.0.0.1:" + FreePort.any() + "/webhook")),
                Cause.CONNECTION,
                "nothing answers on port");
        fails(checkAt(URI.create("http://127.0.0.1/web+hook")), Cause.ADDRESS, "holds a +");
        try (ServerSocket deaf = new ServerSocket(0)) {
            Thread.startVirtualThread(() -> hangUpOnEverybody(deaf));
            fails(
                    checkAt(URI.create("http://127.0.0.1:" + deaf.getLocalPort() + "/webhook")),
                    Cause.HANDSHAKE,
                    "closed without an answer");
        }
    }

    @Test
    void certificatesThatMetaRefusesAreSaid() throws Exception {
        Signed sound = ca.sign("CN=localhost", Duration.ofDays(90));
        URI byName = serving(sound, ca.certificate);

        fails(checkAt(byName), Cause.CERTIFICATE, "an authority that is not known here: CN=A test's");
        fails(
                trusting(ca, serving(ca.sign("CN=localhost", "hooks.example.com", Duration.ofDays(90)))),
                Cause.CERTIFICATE,
                "for another name than localhost");
        fails(
                trusting(ca, serving(ca.sign("CN=localhost", Duration.ofDays(-1)))),
                Cause.CERTIFICATE,
                "the certificate has expired");
        fails(
                checkAt(URI.create("https://localhost:" + twotick.port() + "/webhook")),
                Cause.CERTIFICATE,
                "does not speak TLS");
        Report report = trusting(ca, byName);
        assertThat(report.firstBroken()).isEmpty();
        assertThat(words(report)).contains("1.2 and 1.3").doesNotContain("days: is it renewed");
    }

    @Test
    void aChainWithoutWhatIsBetweenItAndItsAuthorityIsSaid() throws Exception {
        CertificateAuthority between = ca.intermediate("CN=Between");
        Signed signed = between.sign("CN=localhost", Duration.ofDays(90));

        fails(
                trusting(ca, serving(signed)),
                Cause.CERTIFICATE,
                "CN=localhost is the last of 1 served, and who signed it is not known here: CN=Between");
        Report whole = trusting(ca, serving(signed, between.certificate));
        assertThat(whole.firstBroken()).isEmpty();
        assertThat(words(whole)).contains("(CN=Between, CN=A test's)");
    }

    @Test
    void aCertificateThatEndsSoonIsDoubtful() throws Exception {
        Report report = trusting(ca, serving(ca.sign("CN=localhost", Duration.ofDays(13))));
        assertThat(report.firstBroken()).isEmpty();
        assertThat(words(report)).contains("It ends in 12 days: is it renewed by itself?");
    }

    @Test
    void whoeverEndsTheConnectionWithoutAClientCertificateIsSaid() throws Exception {
        SSLContext tls = context(ca.sign("CN=localhost", Duration.ofDays(90)));
        Door door = Door.askingForACertificate(twotick.port(), tls);
        open.add(door);
        fails(
                trusting(ca, URI.create("https://localhost:" + door.port() + "/webhook")),
                Cause.HANDSHAKE,
                "asks for a client certificate");
    }

    @Test
    void thatTwotickItselfTakesPostsOfMetaAloneIsNoFault(Stores stores, @TempDir Path folder) throws Exception {
        Signed shown = ca.sign("CN=localhost", Duration.ofDays(90));
        try (Installation asking = Installation.with(
                stores,
                Map.of(
                        "TWOTICK_TLS_PORT", "0",
                        "TWOTICK_TLS_CERTIFICATE_FILE", file(folder, "chain.pem", shown.certificatePem()),
                        "TWOTICK_TLS_KEY_FILE", file(folder, "key.pem", shown.keyPem()),
                        "TWOTICK_TLS_CLIENT_CA_FILE", file(folder, "ca.pem", ca.pem())))) {
            URI webhook = URI.create("https://localhost:" + asking.tlsPort() + "/webhook");
            Report report = trusting(ca, webhook);
            assertThat(report.firstBroken()).isEmpty();
            assertThat(words(report))
                    .contains("the right token gets the challenge")
                    .contains("it asks for Meta's client certificate")
                    .doesNotContain("3 MiB");
            Report here = run(new DoorCheck(
                    webhook,
                    TOKEN,
                    signing(SECRET),
                    Optional.of(new DoorCheck.Here(webhook, Trust.in(shown.certificate()))),
                    Trust.inAuthorities()));
            assertThat(here.findings().getFirst().found()).contains("posts with Meta's certificate alone");

            fails(check(Door.to(asking.port())), Cause.SIGNATURE, "takes no payload over plain HTTP");
        }
    }

    // ---- the way there

    private Report check(Door door) throws Exception {
        return checkAt(url(door, "/webhook"));
    }

    private URI url(Door door, String path) {
        open.add(door);
        return URI.create("http://127.0.0.1:" + door.port() + path);
    }

    private static Report checkAt(URI url) throws Exception {
        return run(new DoorCheck(url, TOKEN, signing(SECRET), Optional.empty(), Trust.inAuthorities()));
    }

    private static Function<byte[], String> signing(String secret) {
        return body -> Signature.of(body, secret);
    }

    private static Report run(DoorCheck check) throws Exception {
        Report report = new Report(_ -> {});
        check.run(report);
        return report;
    }

    private static void fails(Report report, Cause cause, String words) {
        assertThat(report.firstBroken()).as(words(report)).hasValueSatisfying(broken -> {
            assertThat(broken.cause()).isEqualTo(cause);
            assertThat(broken.found() + " | " + broken.remedy()).contains(words);
        });
    }

    private static String words(Report report) {
        return report.findings().stream().map(Finding::toString).collect(Collectors.joining("\n"));
    }

    private static void hangUpOnEverybody(ServerSocket server) {
        try {
            while (true) {
                server.accept().close();
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private static boolean isPost(HttpExchange exchange) {
        return exchange.getRequestMethod().equals("POST");
    }

    private static long length(HttpExchange exchange) {
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        return length == null ? 0 : Long.parseLong(length);
    }

    /// The webhook of a proxy that shows this certificate, and those behind it.
    private URI serving(Signed signed, X509Certificate... behind) throws Exception {
        Door door = Door.withCertificate(twotick.port(), context(signed, behind));
        open.add(door);
        return URI.create("https://localhost:" + door.port() + "/webhook");
    }

    private static SSLContext context(Signed signed, X509Certificate... behind) throws Exception {
        X509Certificate[] chain = Stream.concat(Stream.of(signed.certificate()), Stream.of(behind))
                .toArray(X509Certificate[]::new);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("own", signed.keys().getPrivate(), new char[0], chain);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private static Report trusting(CertificateAuthority authority, URI url) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", authority.certificate);
        return run(new DoorCheck(url, TOKEN, signing(SECRET), Optional.empty(), Trust.in(trusted)));
    }

    private static String file(Path folder, String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }
}
