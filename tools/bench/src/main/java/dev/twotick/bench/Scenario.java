package dev.twotick.bench;

/// One thing that is measured.
interface Scenario {
    String name();

    /// One line for `--list`.
    String says();

    /// Takes so long that it runs only when it is named, or with `--long`.
    default boolean isLong() {
        return false;
    }

    void measure(Run run);
}
