package dev.twotick.model.settings;

import dev.twotick.model.hash.Sha256;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The secret with which Meta signs what it posts for one app.
///
/// @param app our name for the app; it goes into the log row. Two secrets may share it while one replaces the other
public record AppSecret(String app, String secret) {
    private static final String NAME = "TWOTICK_APP_SECRETS";
    private static final int MOST = 16; // a forged post costs one HMAC over its body for each

    /// Eight digits that tell it from others and do not give it away: the first of its SHA-256. Meta makes secrets of
    /// 128 bits at random, which nobody finds by trying.
    public String fingerprint() {
        return HexFormat.of().formatHex(Sha256.of(secret), 0, 4);
    }

    /// Reads `TWOTICK_APP_SECRETS`, `name=secret,…`, without which nobody could post.
    public static List<AppSecret> read(SettingsReader settings) {
        return parsed(
                settings, settings.requiredSecret(NAME, "tells Meta's posts from forged ones, such as shop=0123abcd…"));
    }

    /// Reads `TWOTICK_APP_SECRETS`, if it is set: whoever makes calls needs it only to sign as Meta does.
    public static List<AppSecret> readIfSet(SettingsReader settings) {
        return parsed(settings, settings.secret(NAME).orElse(""));
    }

    private static List<AppSecret> parsed(SettingsReader settings, String text) {
        settings.about(
                Setting.Section.POSTING,
                NAME,
                "`name=secret` of each Meta app, with commas between, at most " + MOST
                        + "; workers sign with them what they [hand on as Meta sent it](meta-format.md), the first of an app's");
        Set<AppSecret> secrets = new LinkedHashSet<>();
        for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            int equals = part.indexOf('=');
            String app = part.substring(0, Math.max(equals, 0)).strip();
            String secret = part.substring(equals + 1).strip();
            if (app.isEmpty() || secret.isEmpty()) {
                settings.problem(NAME, "must be name=secret,name=secret…, with neither name nor secret empty");
                return List.of();
            }
            if (secrets.stream().anyMatch(other -> other.secret.equals(secret) && !other.app.equals(app))) {
                settings.problem(NAME, "gives two apps the same secret; then nobody can tell whose a payload is");
            }
            secrets.add(new AppSecret(app, secret));
        }
        if (secrets.size() > MOST) {
            settings.problem(NAME, "names more than " + MOST + " secrets; remove the ones no longer in use");
        }
        return List.copyOf(secrets);
    }

    @Override
    public String toString() {
        return "AppSecret[app=" + app + "]";
    }
}
