package dev.twotick.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twotick.model.settings.BadSettings;
import dev.twotick.model.settings.SettingsReader;
import java.net.InetAddress;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrustedProxiesTest {
    private static final String RANGES = "10.0.0.0/8, 127.0.0.1,fd00::/8";

    private static InetAddress client(String header, String value) {
        TrustedProxies proxies = TrustedProxies.read(
                new SettingsReader(Map.of("TWOTICK_TRUSTED_PROXIES", RANGES, "TWOTICK_PROXY_HEADER", header)));
        return proxies.client(InetAddress.ofLiteral("10.0.0.1"), value);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "203.0.113.7                           | 203.0.113.7",
                "203.0.113.7:4711                      | 203.0.113.7",
                "2001:db8::7                           | 2001:db8::7",
                "[2001:db8::7]:4711                    | 2001:db8::7",
                "::ffff:203.0.113.7                    | 203.0.113.7",
                "9.9.9.9, 203.0.113.7                  | 203.0.113.7", // the client's own word stands to the left
                "9.9.9.9,203.0.113.7,10.1.2.3,fd00::1  | 203.0.113.7",
                "10.9.9.9, 10.1.2.3                    | 10.9.9.9", // all of them ours: the one furthest away
                "203.0.113.7, unknown                  | 10.0.0.1", // it says that it does not say
                "203.0.113.7, unknown, 10.1.2.3        | 10.1.2.3",
                "\"203.0.113.7, 203.0.113.8            | 203.0.113.8",
                "-                                     | 10.0.0.1",
                "[                                     | 10.0.0.1"
            })
    void theFirstFromTheRightThatIsNoProxyOfOursIsTheClient(String value, String client) {
        assertThat(client("X-Forwarded-For", value == null ? "" : value)).isEqualTo(InetAddress.ofLiteral(client));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "for=203.0.113.7;proto=https                       | 203.0.113.7",
                "For=\"203.0.113.7:4711\";by=10.0.0.1              | 203.0.113.7",
                "for=\"[2001:db8::7]:4711\"                        | 2001:db8::7",
                "for=9.9.9.9, for=203.0.113.7, for=10.1.2.3        | 203.0.113.7",
                "for=9.9.9.9;x=\", for=203.0.113.7                 | 203.0.113.7", // a quote that the client left open
                "for=9.9.9.9;x=\", for=\"[2001:db8::7]\"           | 2001:db8::7",
                "for=_hidden                                       | 10.0.0.1",
                "proto=https                                       | 10.0.0.1"
            })
    void soIsThatOfForwarded(String value, String client) {
        assertThat(client("Forwarded", value)).isEqualTo(InetAddress.ofLiteral(client));
    }

    @Test
    void whatIsNoRangeOrNoHeaderIsNamed() {
        SettingsReader settings = new SettingsReader(
                Map.of("TWOTICK_TRUSTED_PROXIES", "10.0.0.0/33", "TWOTICK_PROXY_HEADER", "X-Real-IP"));
        TrustedProxies.read(settings);
        assertThatThrownBy(settings::finish)
                .isInstanceOf(BadSettings.class)
                .hasMessageContainingAll("TWOTICK_TRUSTED_PROXIES is not", "TWOTICK_PROXY_HEADER is not");
    }
}
