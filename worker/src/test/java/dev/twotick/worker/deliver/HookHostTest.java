package dev.twotick.worker.deliver;

import static dev.twotick.worker.outbox.HookTables.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.model.settings.Cidr;
import dev.twotick.worker.outbox.Endpoint;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/// Host names of all kinds that a hook may have, on a name server of the test's own.
class HookHostTest {
    private static final List<String> HOSTS = List.of(
            "crm_app",
            "my_app.internal.example",
            "xn--bcher-kva.example",
            "xn--strae-oqa.example",
            "app.example",
            "_",
            "localhost");

    @Test
    void whateverTheNameTheCallGoesToTheAddressThatWasCheckedUnderThatName() throws Exception {
        List<String> asked = new CopyOnWriteArrayList<>();
        try (Receiver receiver = new Receiver();
                HookSender sender = sender(asked, "127.0.0.1", List.of(Cidr.parse("127.0.0.1")))) {
            int port = URI.create(receiver.url()).getPort();
            for (String host : HOSTS) {
                assertThat(OneCall.send(sender, endpoint("http://" + host + ":" + port + "/a?b=%7C")))
                        .as(host)
                        .isInstanceOf(Answer.Status.class);
                assertThat(receiver.calls.getLast().headers().getFirst("host")).isEqualTo(host + ":" + port);
            }
            assertThat(asked).containsExactlyElementsOf(HOSTS);
        }
    }

    @Test
    void whateverTheNameAPrivateAddressIsRefused() throws Exception {
        try (Receiver receiver = new Receiver();
                HookSender sender = sender(new CopyOnWriteArrayList<>(), "127.0.0.1", List.of())) {
            int port = URI.create(receiver.url()).getPort();
            for (String host : HOSTS) {
                assertThat(OneCall.send(sender, endpoint("http://" + host + ":" + port + "/")))
                        .as(host)
                        .isInstanceOfSatisfying(
                                Answer.None.class,
                                none -> assertThat(none.error())
                                        .contains("127.0.0.1 is not a public address; the endpoint's --allow-nets, or"
                                                + " TWOTICK_HOOK_ALLOW_NETS for all, can open it"));
            }
            assertThat(receiver.calls).isEmpty();
        }
    }

    private static HookSender sender(List<String> asked, String address, List<Cidr> open) {
        return new HookSender(
                settings(Duration.ofSeconds(5), Duration.ofSeconds(10), open), InstantSource.system(), host -> {
                    asked.add(host);
                    return new InetAddress[] {InetAddress.ofLiteral(address)};
                });
    }

    private static Endpoint endpoint(String url) {
        return OneCall.to(URI.create(url), Duration.ofSeconds(5), Map.of());
    }
}
