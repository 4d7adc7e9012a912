package dev.twotick.worker.upkeep;

import dev.twotick.db.DatabaseFault;
import dev.twotick.model.process.Loop;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the jobs, each on a thread of its own, each under its lock: what another worker does is not done twice.
public final class Upkeep implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Upkeep.class);

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /// A job that a store's absence ended goes on soon after its return, not an hour later.
    private static final Duration AFTER_FAULT = Duration.ofSeconds(2);

    private final DataSource pool;
    private final UpkeepMetrics metrics;
    private final List<Thread> threads;

    /// @param pool connections for the locks: one for each job that runs at the time
    Upkeep(DataSource pool, List<Job> jobs, MeterRegistry registry) {
        this.pool = pool;
        this.metrics = new UpkeepMetrics(jobs, registry);
        this.threads = jobs.stream()
                .map(job -> Loop.thread("upkeep-" + job.name(), () -> turn(job)))
                .toList();
        threads.forEach(thread -> thread.setDaemon(true));
    }

    public void start() {
        threads.forEach(Thread::start);
    }

    /// Jobs are interrupted; whatever they were at goes on with the next run, here or elsewhere. Waits a few
    /// seconds for all of them together.
    @Override
    public void close() {
        threads.forEach(Thread::interrupt);
        long end = System.nanoTime() + PATIENCE.toNanos();
        try {
            for (Thread thread : threads) {
                if (thread.isAlive() && !thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())))) {
                    log.warn("thread={} state=left: it is finished by the next run", thread.getName());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean turn(Job job) throws InterruptedException {
        Duration next = job.every();
        long begun = System.nanoTime();
        try {
            runUnderLock(job);
        } catch (SQLException | RuntimeException e) {
            // soon, since a store may be back; but a long run that failed is not repeated without a pause
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            job.failed();
            next = shorter(next, AFTER_FAULT.plus(took.multipliedBy(2)));
            log.warn("job={} state=failed next={} reason=\"{}\"", job.name(), next, DatabaseFault.words(e));
            log.debug("job={}", job.name(), e);
        }
        Thread.sleep(next);
        return true;
    }

    private void runUnderLock(Job job) throws SQLException, InterruptedException {
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            try {
                HeldLock lock = HeldLock.tryTake(connection, job.name(), () -> metrics.goesOn(job));
                if (lock != null) {
                    job.run(lock);
                    metrics.goesOn(job);
                }
            } finally {
                connection.rollback(); // and the lock with it
            }
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
