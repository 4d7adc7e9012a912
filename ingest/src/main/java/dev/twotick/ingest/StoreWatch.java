package dev.twotick.ingest;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseFault;
import dev.twotick.model.process.Loop;
import dev.twotick.queue.NoMaster;
import dev.twotick.queue.RedisConnections;
import dev.twotick.queue.RedisKind;
import dev.twotick.queue.Replicas;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/// Knows which stores answer. Whoever meets a failure says so; from then on nobody waits for that store, and one probe
/// a second finds out when it is back.
final class StoreWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StoreWatch.class);
    private static final long PROBE_MS = 1_000;

    private final PayloadLogTable table;
    private final HikariDataSource pool;
    private final RedisConnections connections;
    private final RedisClient client;
    private final List<Thread> probes = new ArrayList<>();
    private final CountDownLatch firstLooks = new CountDownLatch(2);
    private volatile Postgres postgres = new Postgres(true, true, "");
    private volatile Redis redis = Redis.down("");
    private volatile boolean mayFailOver;

    /// @param syncs   `fsync` and `synchronous_commit` are on
    /// @param problem why it takes no payloads, or empty
    record Postgres(boolean answers, boolean syncs, String problem) {}

    /// @param durability of what all replicas have
    /// @param unfit what it is instead of a Redis for Twotick, and what to do; or empty
    record Redis(boolean answers, Durability durability, Replicas replicas, String unfit) {
        static Redis down(String unfit) {
            return new Redis(false, Durability.UNKNOWN, Replicas.NONE, unfit);
        }

        /// What it writes is on its disk before it answers, and where else it is to be.
        boolean isDurable() {
            return durability != Durability.UNKNOWN && replicas.missing() == 0;
        }
    }

    StoreWatch(PayloadLogTable table, HikariDataSource pool, RedisConnections connections, RedisClient client) {
        this.table = table;
        this.pool = pool;
        this.connections = connections;
        this.client = client;
        this.mayFailOver = connections.mayFailOver();
    }

    /// Looks for the first time, and then every second.
    ///
    /// @param whenPostgresAnswers what else is to be read from it
    /// @param whenRedisAnswers    what else is to be said to it; may throw what Jedis throws
    void start(Runnable whenPostgresAnswers, Runnable whenRedisAnswers) {
        probes.add(probe("postgres", () -> {
            probePostgres();
            if (postgres.answers) {
                whenPostgresAnswers.run();
            }
        }));
        probes.add(probe("redis", () -> probeRedis(whenRedisAnswers)));
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

    Redis redis() {
        return redis;
    }

    /// Whether another Redis may become the master that lacks what this one has: there are Sentinels, or a replica was
    /// seen.
    boolean mayFailOver() {
        return mayFailOver;
    }

    /// What PostgreSQL's sessions lack of what was asked for.
    List<String> sessionWarnings() {
        return Database.warnings(pool);
    }

    /// A payload that comes now will be kept.
    boolean accepts() {
        return postgres.answers || redis.isDurable();
    }

    void postgresFailed(SQLException e) {
        see(new Postgres(false, postgres.syncs, DatabaseFault.words(e)));
        // after a failover the old connections lead to a server that takes no writes
        pool.getHikariPoolMXBean().softEvictConnections();
    }

    void redisFailed(JedisException e) {
        see(Redis.down(""), problem(e));
        resolveRedisAnew();
    }

    /// After a failover the old connections lead to a server that takes no writes.
    void resolveRedisAnew() {
        client.getPool().clear();
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

    private void probeRedis(Runnable whenItAnswers) {
        try {
            String unfit = RedisKind.unfit(client.info("server")).orElse("");
            see(unfit.isEmpty() ? askRedis() : Redis.down(unfit), unfit);
            if (unfit.isEmpty()) {
                whenItAnswers.run();
            }
        } catch (JedisException e) {
            redisFailed(e);
        }
    }

    private Redis askRedis() {
        Durability durability;
        try {
            durability = Durability.ask(client);
        } catch (JedisDataException e) {
            resolveRedisAnew();
            durability = Durability.ask(client);
        }
        Replicas replicas = connections.replicas(client);
        if (replicas.known() > 0) {
            mayFailOver = true;
        }
        return new Redis(true, durability, replicas, "");
    }

    private synchronized void see(Postgres seen) {
        if (!seen.answers && (postgres.answers || !seen.problem.equals(postgres.problem))) {
            log.warn("store=postgres answers=false problem=\"{}\"", seen.problem);
        } else if (seen.answers && !postgres.answers) {
            log.info("store=postgres answers=true");
        }
        postgres = seen;
    }

    private synchronized void see(Redis seen, String problem) {
        if (!seen.answers && (redis.answers || !seen.unfit.equals(redis.unfit))) {
            log.warn("store=redis answers=false problem=\"{}\"", problem);
        } else if (seen.answers && !seen.equals(redis)) {
            log.info(
                    "store=redis answers=true durability={} replicas={} missing={}",
                    seen.durability,
                    seen.replicas.known(),
                    seen.replicas.missing());
        }
        redis = seen;
    }

    /// What Redis answered names no data in its first word.
    private static String problem(JedisException e) {
        return e instanceof JedisDataException
                ? String.valueOf(e.getMessage()).split(" ", 2)[0]
                : e instanceof NoMaster
                        ? String.valueOf(e.getMessage())
                        : e.getClass().getSimpleName();
    }

    @Override
    public void close() {
        probes.forEach(Thread::interrupt);
    }
}
