package dev.twotick.worker.upkeep;

import dev.twotick.worker.outbox.DeliveryLines;
import dev.twotick.worker.outbox.RemovedEndpoints;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import org.jooq.DSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sees to calls that nobody else does: takes away what is still owed to endpoints that are gone, and moves up, where
/// order is wanted, those whose turn has come unnoticed.
final class StrayCalls implements Job {
    private static final Logger log = LoggerFactory.getLogger(StrayCalls.class);

    private final DSLContext db;
    private final RemovedEndpoints removed;

    StrayCalls(DSLContext db) {
        this.db = db;
        this.removed = new RemovedEndpoints(db);
    }

    @Override
    public String name() {
        return "stray-calls";
    }

    @Override
    public Duration every() {
        return Duration.ofMinutes(1);
    }

    @Override
    public void run(HeldLock lock) throws SQLException {
        for (UUID endpoint : removed.withCalls()) {
            lock.check();
            log.info("job=stray-calls endpoint={} calls={}", endpoint, removed.removeCalls(endpoint));
        }
        int lines = DeliveryLines.moveUpStranded(db);
        if (lines > 0) {
            log.info("job=stray-calls moved-up={}", lines);
        }
    }
}
