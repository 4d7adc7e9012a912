package dev.twotick.db;

import java.time.Instant;
import java.time.InstantSource;
import org.jooq.DSLContext;

/// The database's clock, for whatever decides by days or about the past: one for all processes, so that none whose own
/// clock is off makes partitions that nobody needs, drops days that are still due, or erases too much.
public record DatabaseClock(DSLContext db) implements InstantSource {

    /// @throws org.jooq.exception.DataAccessException when it does not answer
    @Override
    public Instant instant() {
        return db.fetchSingle("select clock_timestamp()").get(0, Instant.class);
    }
}
