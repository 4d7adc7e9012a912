package dev.twotick.ingest;

import dev.twotick.db.DatabaseSettings;
import dev.twotick.model.settings.AppSecret;
import dev.twotick.model.settings.LiveSettings;
import dev.twotick.model.settings.Setting.Section;
import dev.twotick.model.settings.SettingsReader;
import dev.twotick.queue.RedisConnections;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Everything that can be set, read once at the start.
///
/// @param port             0 for any free one
/// @param tls              where it is served, if it is
/// @param unsignedPerMinute requests not signed rightly that one address is answered in full; 0: any number
/// @param maxBodyBytes     a longer body is answered 413; Meta sends up to 3 MB
/// @param inFlightBytes    bodies held at one time; beyond it 503
/// @param queueEntries     payloads that wait for the log at one time; beyond it 503
/// @param streamMaxEntries beyond it nothing is pushed: the log is the queue, and requeue feeds the stream from it
/// @param streamMaxBytes   of Redis' memory, likewise
/// @param toLogMaxBytes    what `twotick:to-log` may take of Redis' memory
public record IngestSettings(
        String host,
        int port,
        Optional<TlsSettings> tls,
        String webhookPath,
        DatabaseSettings database,
        RedisConnections redis,
        List<AppSecret> secrets,
        List<String> verifyTokens,
        TrustedProxies proxies,
        int unsignedPerMinute,
        int maxBodyBytes,
        long inFlightBytes,
        int queueEntries,
        int streamMaxEntries,
        long streamMaxBytes,
        long toLogMaxBytes,
        LiveSettings live) {
    static final Set<String> PROBES = Set.of("/health", "/live", "/ready", "/metrics");
    private static final int MIB = 1024 * 1024;

    public IngestSettings {
        secrets = List.copyOf(secrets);
        verifyTokens = List.copyOf(verifyTokens);
    }

    /// @throws dev.twotick.model.settings.BadSettings naming all bad ones
    static IngestSettings read(Map<String, String> environment) {
        return read(new SettingsReader(environment));
    }

    /// Likewise.
    public static IngestSettings read(SettingsReader settings) {
        describe(settings);
        LiveSettings live = new LiveSettings(settings);
        settings.judgeLogging();
        int maxBodyBytes = settings.integer("TWOTICK_MAX_BODY_BYTES", 3 * MIB, 3 * MIB, 256 * MIB);
        int eighthOfHeap = Math.clamp(Runtime.getRuntime().maxMemory() / MIB / 8, 4, 64);
        int inFlightMb = settings.integer("TWOTICK_IN_FLIGHT_MB", eighthOfHeap, 4, 65_536);
        if (InFlightBytes.forLong((long) inFlightMb * MIB) < maxBodyBytes) {
            settings.problem(
                    "TWOTICK_IN_FLIGHT_MB",
                    "must hold at least one body of TWOTICK_MAX_BODY_BYTES in seven eighths of it");
        }
        int port = settings.integer("TWOTICK_HTTP_PORT", 8080, 0, 65_535);
        IngestSettings read = new IngestSettings(
                settings.text("TWOTICK_HTTP_HOST", "0.0.0.0"),
                port,
                TlsSettings.read(settings, port),
                settings.parse(
                        "TWOTICK_WEBHOOK_PATH",
                        "/webhook",
                        "a path such as /webhook, of letters, digits and - _ . / ~, other than /health, /live, /ready and /metrics",
                        IngestSettings::path),
                DatabaseSettings.read(settings).follow(live),
                RedisConnections.read(settings).follow(live),
                AppSecret.read(settings),
                verifyTokens(settings),
                TrustedProxies.read(settings),
                settings.integer("TWOTICK_UNSIGNED_PER_MINUTE", 120, 0, 1_000_000),
                maxBodyBytes,
                (long) inFlightMb * MIB,
                settings.integer("TWOTICK_QUEUE_ENTRIES", 10_000, 1, 1_000_000),
                settings.integer("TWOTICK_STREAM_MAX_ENTRIES", 1_000_000, 1, Integer.MAX_VALUE),
                (long) settings.integer("TWOTICK_STREAM_MAX_MB", 512, 1, 65_536) * MIB,
                (long) settings.integer("TWOTICK_TO_LOG_MAX_MB", 256, 1, 65_536) * MIB,
                live);
        settings.finish();
        return read;
    }

    /// Any of them is what Meta may say: while one replaces another, both.
    static List<String> verifyTokens(SettingsReader settings) {
        String name = "TWOTICK_VERIFY_TOKEN";
        String text = settings.requiredSecret(name, "is what Meta must say when it checks the callback");
        List<String> tokens =
                Arrays.stream(text.split(",", -1)).map(String::strip).toList();
        if (!text.isEmpty() && tokens.contains("")) {
            settings.problem(name, "must be a token, or two and more with commas between, none of them empty");
        }
        return tokens;
    }

    private static void describe(SettingsReader settings) {
        settings.about(
                Section.POSTING,
                "TWOTICK_VERIFY_TOKEN",
                "what Meta must say in the handshake; two with a comma between while it is replaced; an account may have its"
                        + " own");
        settings.about(
                Section.POSTING,
                "TWOTICK_UNSIGNED_PER_MINUTE",
                "requests that are not rightly signed, from one address (IPv6: one /64); beyond it 429. 0: no limit."
                        + " What is signed is never limited");
        settings.about(
                Section.PORTS,
                "TWOTICK_HTTP_HOST",
                "the address that `ingest` listens on (`up`: 127.0.0.1); in compose the host's, and then 127.0.0.1");
        settings.about(Section.PORTS, "TWOTICK_HTTP_PORT", "where `ingest` listens; in compose the port on the host");
        settings.about(Section.PORTS, "TWOTICK_WEBHOOK_PATH", "the path that Meta calls; the console shows it");
        settings.about(
                Section.LIMITS, "TWOTICK_MAX_BODY_BYTES", "a longer body is answered 413; it can only be raised");
        settings.about(
                Section.LIMITS,
                "TWOTICK_IN_FLIGHT_MB",
                "64, or an eighth of the heap, whichever is less",
                "bodies that `ingest` holds at one time; beyond it 503");
        settings.about(
                Section.LIMITS, "TWOTICK_QUEUE_ENTRIES", "payloads that wait for the log at one time; beyond it 503");
        settings.about(
                Section.LIMITS, "TWOTICK_STREAM_MAX_ENTRIES", "entries in the stream; beyond it the log is the queue");
        settings.about(Section.LIMITS, "TWOTICK_STREAM_MAX_MB", "Redis memory for them, likewise");
        settings.about(
                Section.LIMITS,
                "TWOTICK_TO_LOG_MAX_MB",
                "Redis memory for payloads accepted while PostgreSQL is away; beyond it 503");
    }

    private static String path(String text) {
        String path = text.length() > 1 && text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        if (!path.matches("/|(/[A-Za-z0-9._~-]+)+") || PROBES.contains(path)) {
            throw new IllegalArgumentException();
        }
        return path;
    }

    /// Without secrets, and without the URLs, which may hold some.
    @Override
    public String toString() {
        return "IngestSettings[host=" + host + ", port=" + port + ", webhookPath=" + webhookPath + "]";
    }
}
