package dev.twotick.worker.console;

import dev.twotick.model.settings.Setting.Section;
import dev.twotick.model.settings.SettingsReader;
import java.util.Optional;

/// Where the console listens, and a first way in.
///
/// @param port 0 for any free one
/// @param signIn what a one-time link of the user `operator` holds, offered at the start
/// @param apiToken of a first program that may use the API; it is called `environment`
/// @param webhookPath where ingest takes Meta's webhooks
public record ConsoleSettings(
        String host, int port, Optional<SecretToken> signIn, Optional<SecretToken> apiToken, String webhookPath) {

    /// Reads `TWOTICK_CONSOLE_*`, and of ingest's settings the path.
    public static ConsoleSettings read(SettingsReader settings) {
        settings.about(
                Section.PORTS,
                "TWOTICK_CONSOLE_HOST",
                "the address of the [console](console.md), the worker's role `console`");
        settings.about(
                Section.PORTS, "TWOTICK_CONSOLE_PORT", "its port; 0 is any free one; in compose the port on the host");
        settings.about(
                Section.PORTS,
                "TWOTICK_CONSOLE_SIGN_IN",
                "signs the user `operator` in, once: what a link `/sign-in?link=…` holds; `up` makes one");
        settings.about(
                Section.PORTS,
                "TWOTICK_API_TOKEN",
                "lets a first program use the [API](console.md#the-api), by the name `environment`");
        return new ConsoleSettings(
                settings.text("TWOTICK_CONSOLE_HOST", "127.0.0.1"),
                settings.integer("TWOTICK_CONSOLE_PORT", 8081, 0, 65_535),
                token(settings, "TWOTICK_CONSOLE_SIGN_IN"),
                apiToken(settings),
                settings.text("TWOTICK_WEBHOOK_PATH", "/webhook"));
    }

    /// Reads `TWOTICK_API_TOKEN`.
    public static Optional<SecretToken> apiToken(SettingsReader settings) {
        return token(settings, "TWOTICK_API_TOKEN");
    }

    private static Optional<SecretToken> token(SettingsReader settings, String name) {
        settings.secret(name);
        return settings.parse(
                name,
                Optional.empty(),
                "32 to 128 letters, digits, '-' and '_'; make one with: openssl rand -hex 32",
                text -> Optional.of(SecretToken.parse(text)));
    }
}
