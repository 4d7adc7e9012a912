package dev.twotick.worker.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twotick.model.settings.SettingsReader;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HookSettingsTest {
    private static final String KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static HookSettings read(Map<String, String> environment) {
        SettingsReader reader = new SettingsReader(environment);
        HookSettings settings = HookSettings.read(reader);
        reader.finish();
        return settings;
    }

    @Test
    void withoutAUrlThereIsNoEndpointAndNothingIsAskedFor() {
        assertThat(read(Map.of()).environment()).isEmpty();
    }

    @Test
    void theEnvironmentsEndpointIsRead() {
        HookSettings settings = read(Map.of(
                "TWOTICK_HOOK_URL", "https://example.com/hook",
                "TWOTICK_HOOK_SECRET", SECRET + ", whsec_" + "b2xkIHNlY3JldCBvbGQgc2VjcmV0IG9sZA==",
                "TWOTICK_HOOK_EVENTS", "message.*, contact.created",
                "TWOTICK_HOOK_ALLOW_NETS", "10.0.0.0/8,fd00::/8,127.0.0.1",
                "TWOTICK_ENCRYPTION_KEY", KEY));

        HookSettings.EnvironmentHook hook = settings.environment().orElseThrow();
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
        bad.put("TWOTICK_ENCRYPTION_KEY", "c2hvcnQ=");
        bad.put("TWOTICK_HOOK_ALLOW_NETS", "10.0.0.0/40");
        bad.put("TWOTICK_HOOK_TIMEOUT", "30s");
        bad.put("TWOTICK_HOOK_LEASE", "45s");

        assertThatThrownBy(() -> read(bad))
                .hasMessageContainingAll(
                        "TWOTICK_HOOK_URL is not an http",
                        "TWOTICK_ENCRYPTION_KEY is not the base64 of 32 bytes",
                        "TWOTICK_HOOK_ALLOW_NETS is not a list",
                        "TWOTICK_HOOK_LEASE must be at least twice TWOTICK_HOOK_TIMEOUT")
                .hasMessageNotContainingAny("c2hvcnQ", "user:pass");
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
