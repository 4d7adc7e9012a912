package dev.twotick.worker.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twotick.model.settings.LiveSettings;
import dev.twotick.model.settings.SettingsReader;
import dev.twotick.worker.outbox.HookSettings.EnvironmentHook.Called;
import dev.twotick.worker.outbox.HookSettings.EnvironmentHook.Unsaid;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HookSettingsTest {
    private static final String KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static HookSettings read(Map<String, String> environment) {
        SettingsReader reader = new SettingsReader(environment);
        HookSettings settings = HookSettings.read(reader, new LiveSettings(Map.of()));
        reader.finish();
        return settings;
    }

    @Test
    void withoutAUrlThereIsNoEndpointAndNothingIsAskedFor() {
        assertThat(read(Map.of()).environment()).isEqualTo(new Unsaid("environment"));
    }

    @Test
    void theEnvironmentsEndpointIsRead() {
        HookSettings settings = read(Map.of(
                "TWOTICK_HOOK_URL", "https://example.com/hook",
                "TWOTICK_HOOK_SECRET", SECRET + ", whsec_" + "b2xkIHNlY3JldCBvbGQgc2VjcmV0IG9sZA==",
                "TWOTICK_HOOK_EVENTS", "message.*, contact.created",
                "TWOTICK_HOOK_ALLOW_NETS", "10.0.0.0/8,fd00::/8,127.0.0.1",
                "TWOTICK_ENCRYPTION_KEY", KEY));

        Called hook = (Called) settings.environment();
        assertThat(hook.url()).hasToString("https://example.com/hook");
        assertThat(hook.secrets()).hasSize(2);
        assertThat(hook.events()).containsExactly("message.*", "contact.created");
        assertThat(settings.allowNets()).hasSize(3);
        assertThat(settings.lease()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void everyBadSettingIsNamedAndNoSecretIsRepeated() {
        Map<String, String> bad = new HashMap<>();
        bad.put("TWOTICK_HOOK_URL", "https://user:pass@example.com/");
        bad.put("TWOTICK_HOOK_NAME", "alerts");
        bad.put("TWOTICK_ENCRYPTION_KEY", "c2hvcnQ=");
        bad.put("TWOTICK_HOOK_ALLOW_NETS", "10.0.0.0/40");
        bad.put("TWOTICK_HOOK_TIMEOUT", "30s");
        bad.put("TWOTICK_HOOK_LEASE", "45s");

        assertThatThrownBy(() -> read(bad))
                .hasMessageContainingAll(
                        "TWOTICK_HOOK_URL carries a user name",
                        "TWOTICK_HOOK_NAME",
                        "TWOTICK_ENCRYPTION_KEY is not the base64 of 32 bytes",
                        "TWOTICK_HOOK_ALLOW_NETS is not a list",
                        "TWOTICK_HOOK_LEASE must be at least twice TWOTICK_HOOK_TIMEOUT")
                .hasMessageNotContainingAny("c2hvcnQ", "user:pass");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "http://bücher.example/hook; has a host name with letters beyond ASCII: write it in its xn-- form",
                "https://example.com/hook?a=1|2; holds a character that no URL may hold: write %7C in place of |",
                "https://example.com/a b; holds a character that no URL may hold: write %20 in place of a space",
                "https://example.com/50%; is no URL (Malformed escape pair): write %25 in place of a bare %",
                "https://user:pass@example.com/; carries a user name or password: leave it out",
                "https://example.com/#top; ends in a fragment: leave out # and what follows",
                "example.com/hook; begins with neither http:// nor https://",
                "ftp://example.com/hook; begins with neither http:// nor https://",
                "http:///hook; names no host",
                "https://exa%6Dple.com/; has a host name that is none: letters, digits, '-', '.' and '_'",
                "http://-bad-/; has a host name that is none",
                "http://example.com:70000/; has no port from 1 to 65535",
                "http://crm_app:0/; has no port from 1 to 65535",
                "https://crm_app/hook; has a host name with _, for which TLS names no server: take one without it, or"
                        + " http",
            })
    void aUrlThatIsNotTakenSaysWhyAndWhatToWrite(String url, String why) {
        assertThatThrownBy(() -> read(Map.of(
                        "TWOTICK_HOOK_URL", url,
                        "TWOTICK_HOOK_SECRET", SECRET,
                        "TWOTICK_ENCRYPTION_KEY", KEY)))
                .hasMessageContaining("TWOTICK_HOOK_URL " + why)
                .hasMessageNotContainingAny("user:pass", "bücher", "exa%6D");
    }

    @ParameterizedTest
    @CsvSource({
        "http://crm_app:3000/hook, http://crm_app:3000/hook",
        "http://crm_app/, http://crm_app/",
        "http://my_app.internal.example:80/a?b=c, http://my_app.internal.example:80/a?b=c",
        "https://xn--bcher-kva.example/hook, https://xn--bcher-kva.example/hook",
        "https://example.com/grüße?q=ü, https://example.com/gr%C3%BC%C3%9Fe?q=%C3%BC",
        "https://example.com/?a=1%7C2, https://example.com/?a=1%7C2",
        "HTTP://[2001:db8::1]:8080/hook, HTTP://[2001:db8::1]:8080/hook",
    })
    void aUrlIsTaken(String url, String taken) {
        HookSettings settings =
                read(Map.of("TWOTICK_HOOK_URL", url, "TWOTICK_HOOK_SECRET", SECRET, "TWOTICK_ENCRYPTION_KEY", KEY));

        assertThat(settings.environment().toString()).contains("url=" + taken + ",");
    }

    @ParameterizedTest
    @CsvSource({
        "TWOTICK_HOOK_CONNECT_TIMEOUT, 0s",
        "TWOTICK_HOOK_CONNECT_TIMEOUT, 2h",
        "TWOTICK_HOOK_TIMEOUT, 0s",
        "TWOTICK_HOOK_TIMEOUT, 999999999d",
        "TWOTICK_HOOK_LEASE, 999999999d",
        "TWOTICK_HOOK_LEASE, PT1000000000000H",
    })
    void aTimeBeyondItsRangeStopsTheStart(String name, String value) {
        assertThatThrownBy(() -> read(Map.of(name, value)))
                .hasMessageContaining(name + " is not a length of time from ")
                .hasMessageNotContaining("0s:");
    }

    @Test
    void aUrlNeedsASecretAndAKey() {
        assertThatThrownBy(() -> read(Map.of("TWOTICK_HOOK_URL", "https://example.com/")))
                .hasMessageContainingAll("TWOTICK_HOOK_SECRET is not set", "TWOTICK_ENCRYPTION_KEY is not set");
    }

    @Test
    void aSecretIsWhsecAnd24To64Bytes() {
        for (String bad : new String[] {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_???"}) {
            assertThatThrownBy(() -> read(Map.of(
                            "TWOTICK_HOOK_URL", "https://example.com/",
                            "TWOTICK_HOOK_SECRET", bad,
                            "TWOTICK_ENCRYPTION_KEY", KEY)))
                    .hasMessageContaining("TWOTICK_HOOK_SECRET is not whsec_ and the base64 of 24 to 64 bytes");
        }
    }

    @Test
    void aSealedSecretOpensOnlyWithItsKey() {
        SecretBox box = new SecretBox(KEY);
        HookSecret secret = HookSecret.parse(SECRET);

        assertThat(box.open(box.seal(secret)).key()).isEqualTo(secret.key());
        assertThat(box.seal(secret)).isNotEqualTo(box.seal(secret));
        assertThatThrownBy(() -> new SecretBox("YWJjZGVmZ2hpamFiY2RlZmdoaWphYmNkZWZnaGlqMTI=").open(box.seal(secret)))
                .hasMessageContaining("another TWOTICK_ENCRYPTION_KEY");
    }
}
