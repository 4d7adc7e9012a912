package dev.twotick.worker;

import dev.twotick.db.DatabaseFault;
import dev.twotick.model.process.Backoff;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Waits out an outage of the database: the batch stays in hand, and is tried again until it succeeds or the process
/// ends. Nothing is failed for an outage, however long.
///
/// @param passes     what counts as an outage; anything else is thrown on
/// @param afterFault what else must be looked at again once the database was away
/// @param waits      hears who waits, and why
record DatabaseOutage(
        Duration leastPause, Duration mostPause, Predicate<RuntimeException> passes, Runnable afterFault, Waits waits) {
    private static final Logger log = LoggerFactory.getLogger(DatabaseOutage.class);

    <T> T waitOut(Supplier<T> work) throws InterruptedException {
        try {
            return untilDone(work);
        } finally {
            waits.over();
        }
    }

    private <T> T untilDone(Supplier<T> work) throws InterruptedException {
        long begin = System.nanoTime();
        Backoff backoff = new Backoff(leastPause, mostPause);
        for (int attempt = 1; ; attempt++) {
            try {
                T result = work.get();
                if (attempt > 1) {
                    log.info("outcome=recovered attempts={}", attempt);
                }
                return result;
            } catch (RuntimeException e) {
                if (!passes.test(e)) {
                    throw e;
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                afterFault.run();
                String reason = DatabaseFault.words(e);
                waits.waits(begin, reason);
                Duration pause = backoff.next();
                log.warn(
                        "outcome=waiting attempt={} pause_ms={} fault=\"{}\": nothing is lost, it is tried again",
                        attempt,
                        pause.toMillis(),
                        reason);
                Thread.sleep(pause);
            }
        }
    }
}
