package dev.twotick.worker.upkeep;

import dev.twotick.model.settings.SettingsReader;

/// How many days are kept; older ones are dropped, a day at a time.
///
/// @param logDays   payloads and their outcomes
/// @param hooksDays hook events and attempts
public record RetentionSettings(int logDays, int hooksDays) {

    /// Reads `TWOTICK_RETENTION_LOG_DAYS` and `TWOTICK_RETENTION_HOOKS_DAYS`.
    public static RetentionSettings read(SettingsReader settings) {
        return new RetentionSettings(
                settings.integer("TWOTICK_RETENTION_LOG_DAYS", 30, 1, 36_500),
                settings.integer("TWOTICK_RETENTION_HOOKS_DAYS", 14, 1, 36_500));
    }
}
