package dev.twotick.worker.upkeep;

import java.sql.SQLException;
import java.time.Duration;

/// Something that one worker at a time does, now and then. Its death at any line does no harm: the next run goes on.
interface Job {

    /// One word: names its lock, its thread and its log lines.
    String name();

    Duration every();

    /// What it shows to others is not so any more: it could not be done.
    default void failed() {}

    /// @param lock held for as long as this runs
    void run(HeldLock lock) throws InterruptedException, SQLException;
}
