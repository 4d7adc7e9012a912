package dev.twotick.worker.deliver;

import static dev.twotick.worker.outbox.HookTables.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.twotick.model.settings.Cidr;
import dev.twotick.worker.deliver.GuardedResolver.Lookup;
import dev.twotick.worker.outbox.Endpoint;
import dev.twotick.worker.outbox.HookTables;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Ways by which a hook's URL may lead to an address that it must not reach. A receiver stands there, and hears of
/// nothing; where a way is open it does hear, so that what is tried here does lead there.
class ForbiddenAddressTest {
    private static final List<Cidr> NOTHING = List.of();
    private static final List<Cidr> LOOPBACK = List.of(Cidr.parse("127.0.0.0/8"), Cidr.parse("::1"));

    private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress BESIDE = InetAddress.ofLiteral("127.0.0.2");

    private Receiver forbidden;
    private int port;

    @BeforeEach
    void listen() throws Exception {
        forbidden = new Receiver();
        port = URI.create(forbidden.url()).getPort();
    }

    @AfterEach
    void close() {
        forbidden.close();
    }

    private static HookSender sender(List<Cidr> open, Lookup lookup) {
        return new HookSender(
                settings(Duration.ofSeconds(5), Duration.ofSeconds(10), open), InstantSource.system(), lookup);
    }

    private static Answer call(List<Cidr> open, Lookup lookup, URI url) {
        try (HookSender sender = sender(open, lookup)) {
            return OneCall.send(sender, endpoint(url));
        }
    }

    /// Loopback in every spelling that some program takes for it, and names that lead there by themselves.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.1",
                "127.0.1",
                "2130706433",
                "0x7f000001",
                "0x7f.0.0.1",
                "0x7f.1",
                "017700000001",
                "0177.0.0.1",
                "127.0.0.01",
                "127.0.0.1.",
                "0",
                "0.0.0.0",
                "localhost",
                "LOCALHOST",
                "localhost.",
                "[::1]",
                "[0:0:0:0:0:0:0:1]",
                "[::]",
                "[::ffff:127.0.0.1]",
                "[::ffff:7f00:1]",
                "[0:0:0:0:0:ffff:7f00:1]",
                "[::127.0.0.1]",
                "[::ffff:0:127.0.0.1]",
                "[64:ff9b::127.0.0.1]",
                "[2002:7f00:1::]",
                "[::1%25lo]",
                "[fe80::1%25lo]",
                "%31%32%37.0.0.1",
                "127.0.0.1%2f.example",
                "127%2e0%2e0%2e1",
                "１２７.0.0.1",
                "127。0。0。1",
                "①②⑦.0.0.1",
                "user@127.0.0.1",
                "example.com@127.0.0.1",
                "127.0.0.1\\.example",
                "127.0.0.1#.example",
                "127.0.0.1?.example"
            })
    void inNoSpelling(String host) {
        for (URI url : urls("http://" + host + ":" + port + "/", "http://" + host)) {
            assertThat(call(NOTHING, ForbiddenAddressTest::lookUp, url)).isInstanceOf(Answer.None.class);
        }
        assertThat(forbidden.calls).isEmpty();
    }

    /// Also those that are no URL of an endpoint for us: the guard does not rely on it.
    private static List<URI> urls(String... texts) {
        List<URI> urls = new ArrayList<>();
        for (String text : texts) {
            try {
                urls.add(new URI(text));
            } catch (URISyntaxException e) {
                assertThatThrownBy(() -> HookTables.url(text)).isInstanceOf(IllegalArgumentException.class);
            }
        }
        return urls;
    }

    /// As this system does. What is on the open internet (0177.0.0.1 is 177.0.0.1) is not called from here.
    private static InetAddress[] lookUp(String host) throws UnknownHostException {
        PublicAddresses open = new PublicAddresses(NOTHING);
        return Stream.of(InetAddress.getAllByName(host))
                .filter(address -> !open.allow(address))
                .toArray(InetAddress[]::new);
    }

    @Test
    void whereTheNetworkIsOpenTheSpellingsDoLeadThere() {
        List<String> hosts = List.of("127.0.0.1", "127.1", "2130706433", "localhost", "[::ffff:127.0.0.1]");
        for (String host : hosts) {
            URI url = URI.create("http://" + host + ":" + port + "/");
            assertThat(call(LOOPBACK, ForbiddenAddressTest::lookUp, url))
                    .as(host)
                    .isInstanceOf(Answer.Status.class);
        }
        assertThat(forbidden.calls).hasSameSizeAs(hosts);
    }

    @Test
    void whatIsOpenToOneEndpointIsNoWayInForAnother() {
        URI url = URI.create("http://localhost:" + port + "/");
        Endpoint without = endpoint(url);
        Endpoint there = opened(url, "127.0.0.0/8");
        Endpoint elsewhere = opened(url, "10.0.0.0/8");
        try (HookSender sender = sender(NOTHING, ForbiddenAddressTest::lookUp)) {
            for (int i = 1; i <= 3; i++) { // the connection is kept
                assertThat(OneCall.send(sender, there)).isInstanceOf(Answer.Status.class);
                assertThat(OneCall.send(sender, without)).isInstanceOf(Answer.None.class);
                assertThat(OneCall.send(sender, elsewhere)).isInstanceOf(Answer.None.class);
                assertThat(forbidden.calls).hasSize(i);
            }
        }
    }

    @Test
    void whatIsOpenToAllStaysOpenToOneWithRangesOfItsOwn() {
        try (HookSender sender = sender(LOOPBACK, ForbiddenAddressTest::lookUp)) {
            Endpoint elsewhere = opened(URI.create(forbidden.url()), "10.0.0.0/8");
            assertThat(OneCall.send(sender, elsewhere)).isInstanceOf(Answer.Status.class);
        }
    }

    /// Who may change endpoints reads what is answered: a cloud's keys, there.
    @Test
    void noEndpointOpensACloudsMetadata() throws Exception {
        byte[] mapped = HexFormat.of().parseHex("00000000000000000000ffffa9fea9fe"); // as a name server may answer it
        for (InetAddress literal : Stream.concat(
                        Stream.of("169.254.169.254", "169.254.170.2", "168.63.129.16", "100.100.100.200", "192.0.0.192")
                                .map(InetAddress::ofLiteral),
                        Stream.of(
                                InetAddress.ofLiteral("fd00:ec2::254"),
                                InetAddress.ofLiteral("fe80::1"),
                                InetAddress.ofLiteral("fd20:ce::254"),
                                InetAddress.ofLiteral("fd00:c1::a9fe:a9fe"),
                                InetAddress.ofLiteral("fd00:42::42"),
                                InetAddress.ofLiteral("64:ff9b::6464:64c8"),
                                Inet6Address.getByAddress("name.example", mapped, -1)))
                .toList()) {
            URI url = URI.create("http://name.example:" + port + "/");
            try (HookSender sender = sender(NOTHING, _ -> new InetAddress[] {literal})) {
                assertThat(OneCall.send(sender, opened(url, "0.0.0.0/0", "::/0")))
                        .as(literal.toString())
                        .isInstanceOfSatisfying(
                                Answer.None.class,
                                none -> assertThat(none.error()).contains("is not a public address"));
            }
        }
    }

    /// Of both families, what is not the open internet: each by a name of its own, and as it stands.
    @Test
    void inNoFamilyAndNoRange() {
        for (String address : Stream.of(
                        "0.0.0.1 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254",
                        "168.63.129.16 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1",
                        "192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1",
                        "224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255",
                        ":: ::1 ::2 ::127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:10.0.0.1 100::1",
                        "64:ff9b::a00:1 64:ff9b:1::1 2001::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:a00:1::",
                        "3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1")
                .flatMap(line -> Stream.of(line.split(" ")))
                .toList()) {
            InetAddress literal = InetAddress.ofLiteral(address);
            Lookup lookup = _ -> new InetAddress[] {literal};
            assertThat(call(NOTHING, lookup, URI.create("http://name.example:" + port + "/")))
                    .as(address)
                    .isInstanceOfSatisfying(
                            Answer.None.class, none -> assertThat(none.error()).contains("is not a public address"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 301, 302, 303, 307, 308})
    void byNoRedirect(int status) throws Exception {
        try (Receiver open = new Receiver()) {
            for (String location : List.of(
                    forbidden.url(),
                    "//127.0.0.1:" + port + "/",
                    "http://localhost:" + port + "/",
                    "file:///etc/hosts")) {
                open.answering(
                        _ -> new Receiver.Reply(status, Map.of("Location", location, "Refresh", "0; " + location)));
                Answer answer = call(LOOPBACK, ForbiddenAddressTest::lookUp, URI.create(open.url()));
                assertThat(answer)
                        .isInstanceOfSatisfying(
                                Answer.Status.class,
                                answered -> assertThat(answered.code()).isEqualTo(status));
            }
            assertThat(open.calls).hasSize(4);
        }
        assertThat(forbidden.calls).isEmpty();
    }

    /// A proxy would look the name up itself, and connect to whatever it found.
    @Test
    void byNoProxyOfTheProcess() throws Exception {
        Map<String, String> proxies = Map.of(
                "http.proxyHost", "127.0.0.1",
                "http.proxyPort", String.valueOf(port),
                "https.proxyHost", "127.0.0.1",
                "https.proxyPort", String.valueOf(port),
                "http.nonProxyHosts", "",
                "java.net.useSystemProxies", "true");
        proxies.forEach(System::setProperty);
        try (Receiver open = new Receiver()) {
            assertThat(call(LOOPBACK, ForbiddenAddressTest::lookUp, URI.create(open.url())))
                    .isInstanceOf(Answer.Status.class);
            assertThat(open.calls.getFirst().headers().getFirst("Host"))
                    .isEqualTo(URI.create(open.url()).getAuthority());
            assertThat(call(NOTHING, ForbiddenAddressTest::lookUp, URI.create(open.url())))
                    .isInstanceOf(Answer.None.class);
        } finally {
            proxies.keySet().forEach(System::clearProperty);
        }
        assertThat(forbidden.calls).isEmpty();
    }

    /// It is asked once for a connection, and the connection goes to what it said then.
    @Test
    void byNoResolverThatChangesItsAnswer() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Lookup changing = _ -> new InetAddress[] {asked.getAndIncrement() % 2 == 0 ? BESIDE : HERE};
        URI url = URI.create("http://changing.example:" + port + "/");
        try (Receiver open = beside();
                HookSender sender = sender(List.of(new Cidr(BESIDE, 32)), changing)) {
            open.answering(_ -> new Receiver.Reply(204, Map.of("Connection", "close")));
            for (int i = 0; i < 3; i++) {
                assertThat(OneCall.send(sender, endpoint(url))).isInstanceOf(Answer.Status.class);
                assertThat(OneCall.send(sender, endpoint(url))).isInstanceOf(Answer.None.class);
            }
            assertThat(open.calls).hasSize(3);
            assertThat(asked).hasValue(6);
        }
        assertThat(forbidden.calls).isEmpty();
    }

    /// Not even when the first one, which is open, refuses the connection.
    @Test
    void byNoSecondAddressOfAName() {
        Lookup both = _ -> new InetAddress[] {BESIDE, HERE, InetAddress.ofLiteral("0.0.0.0")};
        URI url = URI.create("http://both.example:" + port + "/");
        assertThat(call(List.of(new Cidr(BESIDE, 32)), both, url)).isInstanceOf(Answer.None.class);
        assertThat(forbidden.calls).isEmpty();
    }

    /// On the forbidden one's port, at the address beside it.
    private Receiver beside() throws IOException {
        try {
            return new Receiver(BESIDE, port);
        } catch (BindException e) {
            return abort("this system has no " + BESIDE.getHostAddress());
        }
    }

    private static Endpoint opened(URI url, String... nets) {
        return OneCall.to(
                url,
                Duration.ofSeconds(5),
                Map.of(),
                Stream.of(nets).map(Cidr::parse).toList());
    }

    /// Nor by a header of its own, which may name any host.
    private static Endpoint endpoint(URI url) {
        return OneCall.to(url, Duration.ofSeconds(5), Map.of("X-Forwarded-Host", "127.0.0.1"));
    }
}
