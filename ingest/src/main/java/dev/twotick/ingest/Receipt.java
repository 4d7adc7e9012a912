package dev.twotick.ingest;

/// What became of a payload: what Meta may be told.
sealed interface Receipt {

    /// Its log row is committed.
    record Logged() implements Receipt {}

    /// PostgreSQL is away, and the payload is on Redis' disk.
    record Parked() implements Receipt {}

    /// Nobody keeps it (or nobody knows): Meta must send it again.
    ///
    /// @param why for the metric and the log: a few words of a fixed set
    record Refused(String why) implements Receipt {}
}
