package dev.twotick.worker;

import dev.twotick.db.DatabaseSettings;
import dev.twotick.model.settings.LiveSettings;
import dev.twotick.model.settings.Setting.Section;
import dev.twotick.model.settings.SettingsReader;
import dev.twotick.queue.RedisConnections;
import dev.twotick.worker.console.ConsoleSettings;
import dev.twotick.worker.deduplicate.SeenSettings;
import dev.twotick.worker.media.MediaSettings;
import dev.twotick.worker.outbox.AlertSettings;
import dev.twotick.worker.outbox.HookSettings;
import dev.twotick.worker.privacy.ErasureKey;
import dev.twotick.worker.privacy.Horizon;
import dev.twotick.worker.upkeep.RetentionSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Everything that a worker is told by its environment, judged as a whole before anything is opened.
///
/// @param host                  the address that health and metrics listen on
/// @param port                  theirs; 0 for any free one
/// @param consumers             threads that take batches off the streams, one at least for each; each with a
/// transaction of its own
/// @param live                  what is read again while it runs
/// @param acceptUnknownAccounts whether a phone number that nobody configured is added, or its items are failed
public record WorkerSettings(
        DatabaseSettings database,
        RedisConnections redis,
        String host,
        int port,
        int consumers,
        boolean acceptUnknownAccounts,
        SeenSettings seen,
        HookSettings hooks,
        AlertSettings alerts,
        RetentionSettings retention,
        ConsoleSettings console,
        MediaSettings media,
        LiveSettings live) {

    /// Behind which nothing changes any more.
    Horizon horizon() {
        return new Horizon(erasureKey(), retention.messagesDays());
    }

    /// Under which the erased are known again.
    Optional<ErasureKey> erasureKey() {
        return hooks.box().map(ErasureKey::new);
    }

    /// @throws dev.twotick.model.settings.BadSettings when any is bad; it names all of them
    public static WorkerSettings read(Map<String, String> environment) {
        return read(new SettingsReader(environment));
    }

    /// Likewise.
    public static WorkerSettings read(SettingsReader settings) {
        LiveSettings live = new LiveSettings(settings);
        settings.about(
                Section.PORTS,
                "TWOTICK_WORKER_HOST",
                "the address of the worker's health and metrics; in the image 0.0.0.0");
        settings.about(Section.PORTS, "TWOTICK_WORKER_PORT", "their port; 0 is any free one");
        settings.about(
                Section.APPLYING,
                "TWOTICK_CONSUMERS",
                "threads of one worker that take batches off the stream; one at least for each partition");
        settings.about(
                Section.APPLYING,
                "TWOTICK_ACCEPT_ACCOUNTS",
                "`known`: items of a phone number that is not in `account` fail instead of adding it");
        settings.judgeLogging();
        HookSettings hooks = HookSettings.read(settings, live);
        DatabaseSettings database = DatabaseSettings.read(settings).follow(live);
        RedisConnections redis = RedisConnections.read(settings).follow(live);
        WorkerSettings read = new WorkerSettings(
                database,
                redis,
                settings.text("TWOTICK_WORKER_HOST", "127.0.0.1"),
                settings.integer("TWOTICK_WORKER_PORT", 8082, 0, 65_535),
                Math.max(settings.integer("TWOTICK_CONSUMERS", 2, 1, 64), redis.partitions()),
                settings.oneOf("TWOTICK_ACCEPT_ACCOUNTS", "all", List.of("all", "known"))
                        .equals("all"),
                SeenSettings.read(settings),
                hooks,
                AlertSettings.read(settings, hooks.box()),
                RetentionSettings.read(settings),
                ConsoleSettings.read(settings),
                MediaSettings.read(settings, live, hooks.allowNets()),
                live);
        settings.finish();
        return read;
    }
}
