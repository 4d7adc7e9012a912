package dev.twotick.worker.upkeep;

import java.time.Instant;
import java.time.InstantSource;
import org.jooq.DSLContext;

/// The database's clock, for jobs that decide by days: one for all workers, so that none whose own clock is off makes
/// partitions that nobody needs, or drops days that are still due.
record DatabaseClock(DSLContext db) implements InstantSource {

    /// @throws org.jooq.exception.DataAccessException when it does not answer; the job's next run asks again
    @Override
    public Instant instant() {
        return db.fetchSingle("select clock_timestamp()").get(0, Instant.class);
    }
}
