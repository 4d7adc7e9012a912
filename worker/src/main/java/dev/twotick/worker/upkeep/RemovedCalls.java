package dev.twotick.worker.upkeep;

import dev.twotick.worker.outbox.RemovedEndpoints;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes away what is still owed to endpoints that are gone.
final class RemovedCalls implements Job {
    private static final Logger log = LoggerFactory.getLogger(RemovedCalls.class);

    private final RemovedEndpoints endpoints;

    RemovedCalls(RemovedEndpoints endpoints) {
        this.endpoints = endpoints;
    }

    @Override
    public String name() {
        return "removed-calls";
    }

    @Override
    public Duration every() {
        return Duration.ofMinutes(1);
    }

    @Override
    public void run(HeldLock lock) throws SQLException {
        for (UUID endpoint : endpoints.withCalls()) {
            lock.check();
            log.info("job=removed-calls endpoint={} calls={}", endpoint, endpoints.removeCalls(endpoint));
        }
    }
}
