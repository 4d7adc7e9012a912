package dev.twotick.ingest;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseFault;
import dev.twotick.model.process.Loop;
import dev.twotick.queue.Partitions;
import dev.twotick.queue.RedisConnections;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Knows which stores answer. Whoever meets a failure says so; from then on nobody waits for that store, and one probe
/// a second finds out when it is back.
final class StoreWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StoreWatch.class);
    private static final long PROBE_MS = 1_000;

    private final PayloadLogTable table;
    private final HikariDataSource pool;
    private final List<RedisWatch> redis;
    private final List<Thread> probes = new ArrayList<>();
    private final CountDownLatch firstLooks;
    private volatile Postgres postgres = new Postgres(true, true, "");

    /// @param syncs   `fsync` and `synchronous_commit` are on
    /// @param problem why it takes no payloads, or empty
    record Postgres(boolean answers, boolean syncs, String problem) {}

    StoreWatch(PayloadLogTable table, HikariDataSource pool, RedisConnections connections, Partitions redis) {
        this.table = table;
        this.pool = pool;
        this.redis = redis.all().stream()
                .map(partition -> new RedisWatch(connections, partition))
                .toList();
        firstLooks = new CountDownLatch(1 + this.redis.size());
    }

    /// Looks for the first time, and then every second.
    ///
    /// @param whenPostgresAnswers what else is to be read from it
    /// @param whenRedisAnswers    what else is to be said to the first partition; may throw what Jedis throws
    void start(Runnable whenPostgresAnswers, Runnable whenRedisAnswers) {
        probes.add(probe("postgres", () -> {
            probePostgres();
            if (postgres.answers) {
                whenPostgresAnswers.run();
            }
        }));
        for (RedisWatch one : redis) {
            boolean first = one.equals(redis.getFirst());
            probes.add(probe(
                    first ? "redis" : "redis-" + redis.indexOf(one),
                    () -> one.probe(first ? whenRedisAnswers : () -> {})));
        }
    }

    /// Five seconds at most.
    void awaitFirstLooks() {
        try {
            if (!firstLooks.await(5, TimeUnit.SECONDS)) {
                log.debug("first_look=late");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Thread probe(String store, Runnable look) {
        Thread probe = Loop.thread("watch-" + store, () -> {
            try {
                look.run();
            } finally {
                firstLooks.countDown();
            }
            Thread.sleep(PROBE_MS);
            return true;
        });
        probe.setDaemon(true);
        probe.start();
        return probe;
    }

    Postgres postgres() {
        return postgres;
    }

    /// Of all partitions the worst in each respect.
    RedisWatch.Seen redis() {
        return redis.stream()
                .map(RedisWatch::seen)
                .reduce(RedisWatch.Seen::orWorse)
                .orElseThrow();
    }

    /// One for each partition.
    List<RedisWatch> partitions() {
        return redis;
    }

    /// What PostgreSQL's sessions lack of what was asked for.
    List<String> sessionWarnings() {
        return Database.warnings(pool);
    }

    /// A payload that comes now will be kept.
    boolean accepts() {
        return postgres.answers || redis.stream().map(RedisWatch::seen).anyMatch(RedisWatch.Seen::isDurable);
    }

    void postgresFailed(SQLException e) {
        see(new Postgres(false, postgres.syncs, DatabaseFault.words(e)));
        // after a failover the old connections lead to a server that takes no writes
        pool.getHikariPoolMXBean().softEvictConnections();
    }

    private void probePostgres() {
        try {
            if (!postgres.answers) {
                table.rehearse();
            }
            see(new Postgres(true, table.syncs(), ""));
        } catch (SQLException e) {
            see(new Postgres(false, postgres.syncs, DatabaseFault.words(e)));
        }
    }

    private synchronized void see(Postgres seen) {
        if (!seen.answers && (postgres.answers || !seen.problem.equals(postgres.problem))) {
            log.warn("store=postgres answers=false problem=\"{}\"", seen.problem);
        } else if (seen.answers && !postgres.answers) {
            log.info("store=postgres answers=true");
        }
        postgres = seen;
    }

    @Override
    public void close() {
        probes.forEach(Thread::interrupt);
    }
}
