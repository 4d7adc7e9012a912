package dev.twotick.worker.outbox;

import dev.twotick.model.settings.Setting.Section;
import dev.twotick.model.settings.SettingsReader;
import dev.twotick.worker.outbox.Endpoint.Format;
import dev.twotick.worker.outbox.HookSettings.EnvironmentHook;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/// Where operators are told of endpoints that fail: one more endpoint, which hears of the others (`endpoint.*`).
///
/// @param format `standard`, or `chat`
public record AlertSettings(EnvironmentHook hook, Format format) {
    static final String URL = "TWOTICK_ALERT_URL";
    static final String NAME = "alerts";

    /// Reads `TWOTICK_ALERT_*`.
    ///
    /// @param box none: there is no `TWOTICK_ENCRYPTION_KEY`
    public static AlertSettings read(SettingsReader settings, Optional<SecretBox> box) {
        settings.about(
                Section.HOOKS,
                URL,
                "is told of endpoints that fail, recover, refuse calls or are disabled:"
                        + " [an endpoint too](endpoints.md#alerts); unset changes nothing, `none` takes it away");
        settings.about(
                Section.HOOKS,
                "TWOTICK_ALERT_FORMAT",
                "`chat`: as Slack, Mattermost, Google Chat and Teams take it, Discord at its `/slack`");
        String format = settings.oneOf("TWOTICK_ALERT_FORMAT", "standard", List.of("standard", "chat"));
        return new AlertSettings(hook(settings, box), Format.of(format));
    }

    private static EnvironmentHook hook(SettingsReader settings, Optional<SecretBox> box) {
        Optional<String> text = settings.text(URL).map(String::strip);
        if (text.isEmpty()) {
            return new EnvironmentHook.Unsaid(NAME);
        }
        if (text.get().equalsIgnoreCase("none")) {
            return new EnvironmentHook.TakenAway(NAME);
        }
        if (box.isEmpty()) {
            settings.problem(URL, "needs TWOTICK_ENCRYPTION_KEY; make one with: openssl rand -base64 32");
            return new EnvironmentHook.Unsaid(NAME);
        }
        try {
            URI url = HookUrl.parse(text.get());
            // nobody needs to know it: who would verify notices adds an endpoint for endpoint.*
            HookSecret secret = new HookSecret(box.get().derive(NAME));
            return new EnvironmentHook.Called(NAME, url, List.of(secret), List.of("endpoint.*"));
        } catch (IllegalArgumentException e) {
            settings.problem(URL, String.valueOf(e.getMessage()));
            return new EnvironmentHook.Unsaid(NAME);
        }
    }
}
