package dev.twotick.worker.deliver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twotick.model.settings.Cidr;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GuardedResolverTest {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static boolean allowed(String address, String... opened) {
        return new PublicAddresses(Stream.of(opened).map(Cidr::parse).toList()).allow(InetAddress.ofLiteral(address));
    }

    @Test
    void onlyGlobalUnicastIsPublic() {
        for (String address : List.of("8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::200e", "100.128.0.1")) {
            assertThat(allowed(address)).as(address).isTrue();
        }
        for (String address : List.of(
                "0.0.0.0",
                "10.1.2.3",
                "100.64.0.1",
                "100.100.100.200",
                "127.0.0.1",
                "127.255.0.9",
                "168.63.129.16",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.192",
                "192.168.1.1",
                "198.18.0.1",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "fe80::1",
                "fc00::1",
                "fd00:ec2::254",
                "ff02::1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::127.0.0.1",
                "64:ff9b::7f00:1",
                "2002:7f00:1::",
                "2001::1",
                "2001:db8::1",
                "fec0::1")) {
            assertThat(allowed(address)).as(address).isFalse();
        }
    }

    @Test
    void rangesCanBeOpened() {
        assertThat(allowed("10.1.2.3", "10.0.0.0/8")).isTrue();
        assertThat(allowed("11.1.2.3", "10.0.0.0/8")).isTrue();
        assertThat(allowed("172.17.0.5", "172.17.0.0/25")).isTrue();
        assertThat(allowed("172.17.0.129", "172.17.0.0/25")).isFalse();
        assertThat(allowed("::1", "127.0.0.0/8")).isFalse();
        assertThat(allowed("fd12::9", "fd00::/8")).isTrue();
        assertThat(allowed("::ffff:127.0.0.1", "127.0.0.1")).isTrue();
    }

    @Test
    void aNameThatResolvesToAPrivateAddressIsRefused() throws Exception {
        GuardedResolver resolver = new GuardedResolver(
                new PublicAddresses(List.of()), PATIENCE, _ -> new InetAddress[] {InetAddress.ofLiteral("127.0.0.1")});

        assertThatThrownBy(() -> resolver.resolve("rebound.example"))
                .hasMessage("127.0.0.1 is not a public address; the endpoint's --allow-nets, or"
                        + " TWOTICK_HOOK_ALLOW_NETS for all, can open it");
    }

    @Test
    void ofSeveralAddressesOnlyThePublicOnesAreTried() throws Exception {
        GuardedResolver resolver = new GuardedResolver(new PublicAddresses(List.of()), PATIENCE, _ ->
                new InetAddress[] {InetAddress.ofLiteral("10.0.0.1"), InetAddress.ofLiteral("8.8.8.8")});

        assertThat(resolver.resolve("both.example")).containsExactly(InetAddress.ofLiteral("8.8.8.8"));
    }

    @Test
    void numbersInAnySpellingAreJudgedAsTheAddressTheyMean() {
        GuardedResolver resolver =
                new GuardedResolver(new PublicAddresses(List.of()), PATIENCE, InetAddress::getAllByName);

        for (String host : List.of("127.0.0.1", "2130706433", "127.1", "[::1]", "[::ffff:127.0.0.1]", "localhost")) {
            assertThatThrownBy(() -> resolver.resolve(host)).as(host).isInstanceOf(UnknownHostException.class);
        }
    }

    @Test
    void aSilentNameServerHoldsNothingUp() {
        CountDownLatch never = new CountDownLatch(1);
        GuardedResolver resolver = new GuardedResolver(new PublicAddresses(List.of()), Duration.ofMillis(50), _ -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return new InetAddress[0];
        });

        assertThatThrownBy(() -> resolver.resolve("silent.example")).hasMessageContaining("the name server is silent");
        never.countDown();
    }
}
