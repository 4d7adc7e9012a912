package dev.twotick.worker.upkeep;

import static dev.twotick.db.schema.Tables.API_REQUEST;

import java.time.Duration;
import java.time.Instant;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// Forgets what programs asked for with an `Idempotency-Key`, a day later.
final class OldApiRequests implements Job {
    private final DSLContext db;

    OldApiRequests(DSLContext db) {
        this.db = db;
    }

    @Override
    public String name() {
        return "old-api-requests";
    }

    @Override
    public Duration every() {
        return Duration.ofMinutes(10);
    }

    @Override
    public void run(HeldLock lock) {
        db.deleteFrom(API_REQUEST)
                .where(API_REQUEST.CREATED_AT.lt(DSL.field("now() - interval '24 hours'", Instant.class)))
                .execute();
    }
}
