package dev.twotick.ingest;

import dev.twotick.db.DatabaseSettings;
import dev.twotick.model.settings.AppSecret;
import dev.twotick.model.settings.SettingsReader;
import dev.twotick.queue.RedisConnections;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Everything that can be set, read once at the start.
///
/// @param port             0 for any free one
/// @param tls              where it is served, if it is
/// @param maxBodyBytes     a longer body is answered 413; Meta sends up to 3 MB
/// @param inFlightBytes    bodies held at one time; beyond it 503
/// @param queueEntries     payloads that wait for the log at one time; beyond it 503
/// @param streamMaxEntries beyond it nothing is pushed: the log is the queue, and requeue feeds the stream from it
/// @param streamMaxBytes   of Redis' memory, likewise
/// @param toLogMaxBytes    what `twotick:to-log` may take of Redis' memory
record IngestSettings(
        String host,
        int port,
        Optional<TlsSettings> tls,
        String webhookPath,
        DatabaseSettings database,
        RedisConnections redis,
        List<AppSecret> secrets,
        String verifyToken,
        int maxBodyBytes,
        long inFlightBytes,
        int queueEntries,
        int streamMaxEntries,
        long streamMaxBytes,
        long toLogMaxBytes) {
    private static final int MIB = 1024 * 1024;
    private static final RedisConnections NOWHERE = new RedisConnections(URI.create("redis://localhost:6379"));

    IngestSettings {
        secrets = List.copyOf(secrets);
    }

    /// @throws dev.twotick.model.settings.BadSettings naming all bad ones
    static IngestSettings read(Map<String, String> environment) {
        SettingsReader settings = new SettingsReader(environment);
        settings.required("TWOTICK_REDIS_URL", "says where Redis is, such as redis://localhost:6379");
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
                DatabaseSettings.read(settings),
                settings.parse(
                        "TWOTICK_REDIS_URL",
                        NOWHERE,
                        "a URL such as redis://localhost:6379",
                        url -> new RedisConnections(URI.create(url))),
                AppSecret.read(settings),
                settings.requiredSecret("TWOTICK_VERIFY_TOKEN", "is what Meta must say when it checks the callback"),
                maxBodyBytes,
                (long) inFlightMb * MIB,
                settings.integer("TWOTICK_QUEUE_ENTRIES", 10_000, 1, 1_000_000),
                settings.integer("TWOTICK_STREAM_MAX_ENTRIES", 1_000_000, 1, Integer.MAX_VALUE),
                (long) settings.integer("TWOTICK_STREAM_MAX_MB", 512, 1, 65_536) * MIB,
                (long) settings.integer("TWOTICK_TO_LOG_MAX_MB", 256, 1, 65_536) * MIB);
        settings.finish();
        return read;
    }

    private static String path(String text) {
        String path = text.length() > 1 && text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        if (!path.matches("/|(/[A-Za-z0-9._~-]+)+")
                || Set.of("/health", "/live", "/ready", "/metrics").contains(path)) {
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
