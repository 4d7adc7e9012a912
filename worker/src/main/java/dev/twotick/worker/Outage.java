package dev.twotick.worker;

import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Waits out an outage of the database: the batch stays in hand, and is tried again until it succeeds or the process
/// ends. Nothing is failed for an outage, however long.
///
/// @param fault      what counts as an outage; anything else is a fault of ours, and thrown on
/// @param afterFault what else must be looked at again once the database was away
record Outage(Duration leastPause, Duration mostPause, Class<? extends RuntimeException> fault, Runnable afterFault) {
    private static final Logger log = LoggerFactory.getLogger(Outage.class);

    <T> T waitOut(Supplier<T> work) throws InterruptedException {
        Duration pause = leastPause;
        for (int attempt = 1; ; attempt++) {
            try {
                T result = work.get();
                if (attempt > 1) {
                    log.info("outcome=recovered attempts={}", attempt);
                }
                return result;
            } catch (RuntimeException e) {
                if (!fault.isInstance(e)) {
                    throw e;
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                afterFault.run();
                log.warn(
                        "outcome=waiting attempt={} pause_ms={} fault={}: nothing is lost, it is tried again",
                        attempt,
                        pause.toMillis(),
                        reason(e));
            }
            Thread.sleep(pause);
            pause = pause.multipliedBy(2).compareTo(mostPause) < 0 ? pause.multipliedBy(2) : mostPause;
        }
    }

    /// Without the statement and its values, which may be personal.
    private static String reason(RuntimeException fault) {
        return fault instanceof org.jooq.exception.DataAccessException e
                ? "SQLSTATE-" + e.sqlState()
                : fault.getClass().getSimpleName();
    }
}
