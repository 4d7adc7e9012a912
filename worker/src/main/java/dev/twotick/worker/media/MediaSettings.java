package dev.twotick.worker.media;

import dev.twotick.model.settings.Cidr;
import dev.twotick.model.settings.LiveSettings;
import dev.twotick.model.settings.Setting.Section;
import dev.twotick.model.settings.SettingsReader;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/// How media are fetched, and where they are kept.
///
/// @param token      for Meta's API, that of this moment
/// @param graph      Meta's API with its version
/// @param hosts      that the token is sent to for the bytes; `*.` stands for any name before
/// @param allowNets  private ranges that these may be in
/// @param maxBytes   of one file
/// @param concurrency files at once from this process
public record MediaSettings(
        Supplier<Optional<String>> token,
        Optional<StoreSettings> store,
        URI graph,
        List<String> hosts,
        List<Cidr> allowNets,
        long maxBytes,
        int concurrency) {

    private static final String TOKEN = "TWOTICK_ACCESS_TOKEN";
    private static final String GRAPH = "TWOTICK_GRAPH_URL";

    public MediaSettings {
        hosts = List.copyOf(hosts);
        allowNets = List.copyOf(allowNets);
    }

    /// What the role needs: whoever asks for it without is told all that is missing.
    public StoreSettings required() {
        List<String> missing = new ArrayList<>();
        if (token.get().isEmpty()) {
            missing.add(TOKEN);
        }
        if (store.isEmpty()) {
            missing.add(StoreSettings.STORE);
        }
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException("the role media needs " + String.join(" and ", missing)
                    + (missing.size() == 1 ? ", which is" : ", which are") + " not set; see docs/media.md");
        }
        return store.get();
    }

    /// Reads `TWOTICK_ACCESS_TOKEN`, `TWOTICK_GRAPH_URL`, `TWOTICK_MEDIA_*` and `TWOTICK_BUCKET_*`.
    ///
    /// @param allowNets as hook calls have them
    public static MediaSettings read(SettingsReader settings, LiveSettings live, List<Cidr> allowNets) {
        describe(settings);
        Optional<String> first = token(settings);
        AtomicReference<Optional<String>> token = new AtomicReference<>(first);
        live.follow(TOKEN, first, MediaSettings::token, token::set);
        return new MediaSettings(
                () -> Objects.requireNonNull(token.get()),
                StoreSettings.read(settings, live),
                settings.parse(
                        GRAPH,
                        URI.create("https://graph.facebook.com/v25.0"),
                        "the address of Meta's API with its version, such as https://graph.facebook.com/v25.0",
                        MediaSettings::graph),
                settings.parse(
                        "TWOTICK_MEDIA_HOSTS",
                        List.of("lookaside.fbsbx.com"),
                        "a list of host names such as lookaside.fbsbx.com,*.fbcdn.net",
                        MediaSettings::hosts),
                allowNets,
                settings.integer("TWOTICK_MEDIA_MAX_MB", 100, 1, 2_000) * 1024L * 1024,
                settings.integer("TWOTICK_MEDIA_CONCURRENCY", 4, 1, 64));
    }

    private static void describe(SettingsReader settings) {
        settings.about(
                Section.MEDIA,
                TOKEN,
                "a token of Meta's with `whatsapp_business_messaging` for the accounts' numbers; better from a file");
        settings.about(
                Section.MEDIA,
                GRAPH,
                "https://graph.facebook.com/v25.0",
                "Meta's API with its version; `http` is for stand-ins, and then the bytes may come by `http` too");
        settings.about(
                Section.MEDIA,
                "TWOTICK_MEDIA_HOSTS",
                "where Meta may say that the bytes are, as the token goes there; `*.` stands for any name before."
                        + " Private addresses are refused but for `TWOTICK_HOOK_ALLOW_NETS`");
        settings.about(Section.MEDIA, "TWOTICK_MEDIA_MAX_MB", "a larger file is not fetched");
        settings.about(Section.MEDIA, "TWOTICK_MEDIA_CONCURRENCY", "files at once of one worker with the role");
    }

    /// It goes into a header: nothing else may hide in it.
    private static Optional<String> token(SettingsReader settings) {
        settings.secret(TOKEN);
        return settings.parse(TOKEN, Optional.empty(), "a token: printable ASCII without spaces", text -> {
            if (!text.strip().matches("[\\x21-\\x7e]{1,4096}")) {
                throw new IllegalArgumentException();
            }
            return Optional.of(text.strip());
        });
    }

    private static URI graph(String text) {
        URI uri = URI.create(text.strip());
        boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
        if (!web || uri.getHost() == null || uri.getRawUserInfo() != null || uri.getRawQuery() != null) {
            throw new IllegalArgumentException();
        }
        return uri;
    }

    private static List<String> hosts(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(host -> host.strip().toLowerCase(Locale.ROOT))
                .map(host -> {
                    if (!host.matches("(\\*\\.)?[a-z0-9._-]+")) {
                        throw new IllegalArgumentException();
                    }
                    return host;
                })
                .toList();
    }
}
