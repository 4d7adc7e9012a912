package dev.twotick.worker.deduplicate;

import dev.twotick.model.settings.Setting.Section;
import dev.twotick.model.settings.SettingsReader;
import java.time.Duration;

/// How long facts are remembered, and how much memory of Redis that may take.
///
/// @param ttl   a fact that comes again later than this goes to the database, which knows it
/// @param maxMb MiB of Redis, estimated; beyond it nothing more is remembered
public record SeenSettings(Duration ttl, int maxMb) {

    public SeenSettings {
        if (ttl.toSeconds() < 1) {
            throw new IllegalArgumentException("the time to remember must be at least one second");
        }
    }

    /// For each of so many that remember apart.
    public SeenSettings among(int partitions) {
        return new SeenSettings(ttl, Math.ceilDiv(maxMb, partitions));
    }

    /// Reads `TWOTICK_SEEN_TTL` and `TWOTICK_SEEN_MAX_MB`.
    public static SeenSettings read(SettingsReader settings) {
        settings.about(
                Section.APPLYING,
                "TWOTICK_SEEN_TTL",
                "how long Redis remembers facts; after it the database alone knows them");
        settings.about(Section.APPLYING, "TWOTICK_SEEN_MAX_MB", "Redis memory for that");
        return new SeenSettings(
                // Meta repeats for 7 days, and the database knows the rest
                settings.duration("TWOTICK_SEEN_TTL", Duration.ofDays(2), Duration.ofSeconds(1), Duration.ofDays(30)),
                settings.integer("TWOTICK_SEEN_MAX_MB", 256, 0, 1_000_000));
    }
}
