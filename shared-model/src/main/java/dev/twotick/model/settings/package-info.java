/// Settings come from the environment, are read once at the start, and are all judged before anything runs.
///
/// [dev.twotick.model.settings.SettingsReader] is the only reader; each process has one settings record on top of it.
/// Secrets are read again when their file changes: [dev.twotick.model.settings.LiveSettings].
@NullMarked
package dev.twotick.model.settings;

import org.jspecify.annotations.NullMarked;
