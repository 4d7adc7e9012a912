package dev.twotick.worker.deliver;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.model.hash.HmacSha256;
import dev.twotick.model.settings.AppSecret;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Signs a payload as Meta does: HMAC-SHA256 of its bytes under the app's secret.
///
/// @see <a
/// href="https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint">
/// Meta's page</a>
final class MetaSigner {
    static final String HEADER = "X-Hub-Signature-256";

    private final Supplier<List<AppSecret>> secrets;
    private volatile Keys keys = new Keys(List.of(), Map.of());

    private record Keys(List<AppSecret> of, Map<String, HmacSha256> byApp) {}

    /// @param secrets those of this moment; of those of one app the first signs
    MetaSigner(Supplier<List<AppSecret>> secrets) {
        this.secrets = secrets;
    }

    private Map<String, HmacSha256> byApp() {
        List<AppSecret> now = secrets.get();
        Keys made = keys;
        if (!made.of.equals(now)) {
            Map<String, HmacSha256> byApp = new HashMap<>();
            now.forEach(secret -> byApp.putIfAbsent(
                    secret.app(), new HmacSha256(secret.secret().getBytes(UTF_8))));
            made = new Keys(now, byApp);
            keys = made;
        }
        return made.byApp;
    }

    /// @return the header's value; empty when the app has no secret here
    Optional<String> signature(String app, byte[] body) {
        return Optional.ofNullable(byApp().get(app))
                .map(hmac -> "sha256=" + HexFormat.of().formatHex(hmac.of(body)));
    }

    /// What is wrong then, and what to do.
    static String noSecret(String app) {
        return "not made: TWOTICK_APP_SECRETS of this worker has no secret of app " + app;
    }
}
