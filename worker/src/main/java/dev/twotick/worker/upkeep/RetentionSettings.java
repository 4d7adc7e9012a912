package dev.twotick.worker.upkeep;

import dev.twotick.model.settings.Setting.Section;
import dev.twotick.model.settings.SettingsReader;

/// How many days are kept; older ones are dropped, a day at a time.
///
/// @param logDays      payloads and their outcomes
/// @param hooksDays    hook events and attempts
/// @param messagesDays messages, by Meta's time; 0 keeps them
public record RetentionSettings(int logDays, int hooksDays, int messagesDays) {

    /// Reads `TWOTICK_RETENTION_LOG_DAYS`, `TWOTICK_RETENTION_HOOKS_DAYS` and `TWOTICK_RETENTION_MESSAGES_DAYS`.
    public static RetentionSettings read(SettingsReader settings) {
        settings.about(Section.RETENTION, "TWOTICK_RETENTION_LOG_DAYS", "payloads and their outcomes");
        settings.about(Section.RETENTION, "TWOTICK_RETENTION_HOOKS_DAYS", "hook events and attempts");
        settings.about(Section.RETENTION, "TWOTICK_RETENTION_MESSAGES_DAYS", "messages, by Meta's time; 0 keeps them");
        return new RetentionSettings(
                settings.integer("TWOTICK_RETENTION_LOG_DAYS", 30, 1, 36_500),
                settings.integer("TWOTICK_RETENTION_HOOKS_DAYS", 14, 1, 36_500),
                settings.integer("TWOTICK_RETENTION_MESSAGES_DAYS", 0, 0, 36_500));
    }
}
