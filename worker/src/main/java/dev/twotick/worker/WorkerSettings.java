package dev.twotick.worker;

import dev.twotick.db.DatabaseSettings;
import dev.twotick.model.settings.SettingsReader;
import dev.twotick.worker.consume.RedisConnections;
import dev.twotick.worker.deduplicate.SeenSettings;
import dev.twotick.worker.outbox.HookSettings;
import dev.twotick.worker.upkeep.RetentionSettings;
import java.net.URI;
import java.util.Map;

/// Everything that a worker is told by its environment, judged as a whole before anything is opened.
///
/// @param port                  health and metrics; 0 for any free one
/// @param consumers             threads that take batches off the stream, each with a transaction of its own
/// @param acceptUnknownAccounts whether a phone number that nobody configured is added, or its items are failed
public record WorkerSettings(
        DatabaseSettings database,
        RedisConnections redis,
        int port,
        int consumers,
        boolean acceptUnknownAccounts,
        SeenSettings seen,
        HookSettings hooks,
        RetentionSettings retention) {

    /// @throws dev.twotick.model.settings.BadSettings when any is bad; it names all of them
    public static WorkerSettings read(Map<String, String> environment) {
        SettingsReader settings = new SettingsReader(environment);
        String redis = settings.required("TWOTICK_REDIS_URL", "says where Redis is, such as redis://localhost:6379");
        WorkerSettings read = new WorkerSettings(
                DatabaseSettings.read(settings),
                settings.parse(
                        "TWOTICK_REDIS_URL",
                        new RedisConnections(URI.create("redis://localhost:6379")),
                        "of the form redis://host:port",
                        url -> new RedisConnections(URI.create(redis))),
                settings.integer("TWOTICK_WORKER_PORT", 8082, 0, 65_535),
                settings.integer("TWOTICK_CONSUMERS", 2, 1, 64),
                settings.parse("TWOTICK_ACCEPT_ACCOUNTS", true, "all or known", text -> switch (text) {
                    case "all" -> true;
                    case "known" -> false;
                    default -> throw new IllegalArgumentException();
                }),
                SeenSettings.read(settings),
                HookSettings.read(settings),
                RetentionSettings.read(settings));
        settings.finish();
        return read;
    }
}
