package dev.twotick.worker.upkeep;

import dev.twotick.db.DatabaseFault;
import dev.twotick.worker.outbox.Resend;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries on what was asked to be resent, a chunk of each in turn, whoever asked and whoever has died over it.
final class BulkResends implements Job {
    private static final Logger log = LoggerFactory.getLogger(BulkResends.class);
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final int IDLE_ROUNDS = 5; // then the endpoint is not just busy

    private final Resend resend;
    private final Resting resting;

    BulkResends(Resend resend, InstantSource clock) {
        this.resend = resend;
        this.resting = new Resting(clock);
    }

    @Override
    public String name() {
        return "resends";
    }

    @Override
    public Duration every() {
        return Duration.ofSeconds(2);
    }

    @Override
    public void run(HeldLock lock) throws InterruptedException, SQLException {
        resting.wake();
        int idle = 0;
        List<Long> running = running();
        while (!running.isEmpty() && idle < IDLE_ROUNDS) {
            boolean moved = false;
            for (long id : running) {
                lock.check();
                moved |= carryOn(id);
            }
            if (moved) {
                idle = 0;
            } else {
                idle++;
                Thread.sleep(PAUSE);
            }
            running = running();
        }
    }

    private List<Long> running() {
        return resend.running().stream()
                .filter(id -> !resting.ids().contains(id))
                .toList();
    }

    private boolean carryOn(long id) {
        try {
            return resend.carryOn(id) instanceof Resend.Step.Moved;
        } catch (RuntimeException e) {
            resting.rest(id, Resting.AFTER_A_FAULT); // so one that cannot be carried on holds up no other
            log.warn(
                    "job=resends resend={} state=failed next={} reason=\"{}\"",
                    id,
                    Resting.AFTER_A_FAULT,
                    DatabaseFault.words(e));
            log.debug("job=resends resend={}", id, e);
            return false;
        }
    }
}
