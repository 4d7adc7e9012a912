package dev.twotick.model.settings;

import java.util.List;

/// The process must not start; the message names every bad setting, a line each.
public final class BadSettings extends RuntimeException {
    private static final long serialVersionUID = 1;

    BadSettings(List<String> problems) {
        super("cannot start, the settings need a correction:\n  " + String.join("\n  ", problems));
    }
}
