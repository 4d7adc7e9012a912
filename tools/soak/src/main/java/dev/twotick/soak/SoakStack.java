package dev.twotick.soak;

import dev.twotick.devstack.Child;
import dev.twotick.devstack.Home;
import dev.twotick.devstack.Program;
import dev.twotick.devstack.StackFailure;
import dev.twotick.soak.Armed.Victim;
import dev.twotick.soak.SoakSettings.Ordeal;
import dev.twotick.soak.Step.Role;
import dev.twotick.stores.FreePort;
import dev.twotick.stores.LocalPostgres;
import dev.twotick.stores.LocalRedis;
import dev.twotick.stores.PostgresStandby;
import dev.twotick.stores.RedisCluster;
import dev.twotick.stores.RedisSentinels;
import dev.twotick.stores.ReplicatedRedis;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.XPendingParams;

/// The stores, an ingest and two workers, each a process of its own; what dies is started again.
final class SoakStack implements AutoCloseable {
    static final String APP_SECRET = "an app secret of the soak";
    private static final String PASSWORD = "soak";

    final RestartedProcess ingest;
    final List<RestartedProcess> workers;
    volatile LocalPostgres postgres;
    private final Path redisFolder;
    private final Optional<LocalRedis> redis;
    private final Optional<ReplicatedRedis> replicated;
    private final Optional<RedisCluster> cluster;
    final StepPlan plan;
    private final Path folder;
    private final Home home;
    private final Rules rules;
    private final Figures figures;
    private final Map<String, String> settings = new TreeMap<>();
    private final ReentrantLock stores = new ReentrantLock();
    private final Thread keeper = Thread.ofPlatform().name("keep-stores").unstarted(this::keepStores);
    private int sites;
    private volatile boolean closed;

    SoakStack(SoakSettings soak, String hookUrl, StepPlan plan, Figures figures) {
        this.plan = plan;
        this.figures = figures;
        folder = soak.folder();
        home = new Home(folder).make();
        rules = new Rules(soak.folder().resolve("rules"));
        postgres = LocalPostgres.start(soak.folder().resolve("postgres"), 0, PASSWORD);
        redisFolder = soak.folder().resolve("redis");
        cluster = soak.ordeal() == Ordeal.CLUSTER ? Optional.of(RedisCluster.start(redisFolder)) : Optional.empty();
        replicated = soak.ordeal() == Ordeal.SENTINELS
                ? Optional.of(RedisSentinels.start(redisFolder, 2, 2))
                : cluster.map(ReplicatedRedis.class::cast);
        redis = replicated.isPresent() ? Optional.empty() : Optional.of(LocalRedis.start(redisFolder, 0));
        settings.put("TWOTICK_DATABASE_URL", postgres.jdbcUrl(LocalPostgres.DATABASE));
        settings.put("TWOTICK_DATABASE_USER", LocalPostgres.USER);
        settings.put("TWOTICK_DATABASE_PASSWORD", PASSWORD);
        settings.put("TWOTICK_REDIS_URL", replicated.map(ReplicatedRedis::url).orElseGet(() -> redis().url()));
        settings.put("TWOTICK_REDIS_SENTINEL_PASSWORD", RedisSentinels.PASSWORD);
        settings.put("TWOTICK_APP_SECRETS", "soak=" + APP_SECRET);
        settings.put("TWOTICK_VERIFY_TOKEN", "a verify token of the soak");
        settings.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        settings.put("TWOTICK_HOOK_URL", hookUrl);
        settings.put("TWOTICK_HOOK_SECRET", HookReceiver.SECRET);
        settings.put("TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8");
        // a second failure waits five minutes: a receiver on a busy machine shall not be taken for a dead one
        settings.put("TWOTICK_HOOK_TIMEOUT", "5s");
        settings.put("TWOTICK_HOOK_LEASE", "10s");
        settings.put("TWOTICK_HTTP_HOST", "127.0.0.1");
        settings.put("TWOTICK_LOG_FORMAT", "plain");
        try {
            migrate(soak.worker());
        } catch (StackFailure e) {
            stopRedis();
            postgres.stop();
            throw e;
        }
        ingest = process("ingest", Role.INGEST, soak.ingest(), "TWOTICK_HTTP_PORT", soak.shortForm());
        workers = List.of(
                process("worker-1", Role.WORKER, soak.worker(), "TWOTICK_WORKER_PORT", soak.shortForm()),
                process("worker-2", Role.WORKER, soak.worker(), "TWOTICK_WORKER_PORT", soak.shortForm()));
    }

    private void migrate(Program worker) {
        var child = new Child(home, "migrate", worker, List.of(), List.of("--migrate"), settings);
        int code = child.start().onExit().join().exitValue();
        if (code != 0) {
            throw new StackFailure("the migration ended with code " + code + ":\n  " + child.lastLines());
        }
    }

    private RestartedProcess process(String name, Role role, Program program, String portSetting, boolean shortForm) {
        int port = FreePort.any();
        var own = new TreeMap<>(settings);
        own.put(portSetting, String.valueOf(port));
        if (role == Role.INGEST) {
            settings.put(portSetting, String.valueOf(port));
        }
        return new RestartedProcess(home, name, role, program, own, port, rules, plan, shortForm, figures);
    }

    void start() {
        keeper.start();
        ingest.start();
        workers.forEach(RestartedProcess::start);
    }

    /// The one, or the master of this moment.
    LocalRedis redis() {
        return redis.orElseGet(() -> replicated().master());
    }

    ReplicatedRedis replicated() {
        return replicated.orElseThrow();
    }

    boolean isCluster() {
        return cluster.isPresent();
    }

    RedisCluster cluster() {
        return cluster.orElseThrow();
    }

    /// What is done next is done to the master of one of a Cluster's partitions.
    void aim(Random random) {
        cluster.ifPresent(all -> {
            var streams = all.keys("twotick:*:payloads");
            all.aimAt(streams.get(random.nextInt(streams.size())));
        });
    }

    private void stopRedis() {
        redis.ifPresent(server -> {
            server.resume();
            server.stop();
        });
        replicated.ifPresent(ReplicatedRedis::close);
    }

    String webhookUrl() {
        return "http://127.0.0.1:" + settings.get("TWOTICK_HTTP_PORT") + "/webhook";
    }

    /// The caller closes it.
    Connection connect() throws SQLException {
        var url = postgres.jdbcUrl(LocalPostgres.DATABASE)
                + "?ApplicationName=soak&connectTimeout=2&loginTimeout=60&socketTimeout=60";
        return DriverManager.getConnection(url, LocalPostgres.USER, PASSWORD);
    }

    /// Payloads that Redis keeps for the log; -1 while it does not answer.
    long parked() {
        try {
            return isCluster()
                    ? cluster().keys("twotick:*:to-log").stream()
                            .mapToLong(key -> length(cluster().jedis(key), key))
                            .sum()
                    : length(jedis(), "twotick:to-log");
        } catch (JedisException e) {
            return -1;
        }
    }

    private static long length(Jedis server, String stream) {
        try (server) {
            return server.xlen(stream);
        }
    }

    /// The caller closes it.
    Jedis jedis() {
        LocalRedis server = redis();
        return new Jedis(
                new HostAndPort("127.0.0.1", server.port()),
                DefaultJedisClientConfig.builder(URI.create(server.url()))
                        .autoNegotiateProtocol(false) // it would say at each connection that it cannot
                        .build());
    }

    /// Entries that somebody holds, and that were delivered so often or more.
    long heldAndDelivered(int times) {
        try (var jedis = jedis()) {
            var pending =
                    jedis.xpending("twotick:payloads", "workers", XPendingParams.xPendingParams("-", "+", 10_000));
            return pending.stream()
                    .filter(entry -> entry.getDeliveredTimes() >= times)
                    .count();
        } catch (JedisException notYet) {
            return 0;
        }
    }

    long redisSeconds() {
        try (var jedis = jedis()) {
            return Long.parseLong(jedis.time().getFirst());
        }
    }

    /// Whether an attempt at an entry that is alone has begun since then, by Redis' clock.
    boolean hasTriedASuspectSince(long seconds) {
        try (var jedis = jedis()) {
            return jedis.keys("twotick:alone:*").stream()
                    .map(key -> jedis.hget(key, "at"))
                    .anyMatch(at -> at != null && Long.parseLong(at) > seconds);
        } catch (JedisException notYet) {
            return false;
        }
    }

    /// In another site; for whoever holds the stores.
    PostgresStandby standby() {
        return PostgresStandby.of(postgres, folder.resolve("postgres-" + ++sites));
    }

    /// Redis begins without anything; it does not run.
    void emptyRedis() throws IOException {
        try (var files = Files.list(redisFolder)) {
            for (var file : files.toList()) {
                var name = file.getFileName().toString();
                if (name.endsWith(".aof") || name.endsWith(".rdb")) {
                    Files.delete(file);
                }
            }
        }
    }

    interface StoreWork {
        void run() throws Exception;
    }

    /// Does something to the stores that nobody shall mend meanwhile.
    void withStores(StoreWork work) throws Exception {
        stores.lock();
        try {
            work.run();
        } finally {
            stores.unlock();
        }
    }

    /// No process is armed when it returns, and none will be until [#goOn].
    void calm() throws InterruptedException {
        plan.calm();
        for (var process : processes()) {
            while (process.isArmed()) {
                process.kill();
                Thread.sleep(50);
            }
            process.awaitListening();
        }
    }

    void goOn() {
        plan.goOn();
    }

    List<RestartedProcess> processes() {
        return List.of(ingest, workers.get(0), workers.get(1));
    }

    /// Kills stores where a process at its step asks for it, and starts again what is dead.
    private void keepStores() {
        try {
            while (!closed) {
                if (stores.tryLock()) {
                    try {
                        rules.notes().forEach(this::strike);
                        revive();
                    } finally {
                        stores.unlock();
                    }
                }
                Thread.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            figures.wrong("the stores are not kept any more: " + e);
        }
    }

    private void strike(Rules.Note note) {
        if (note.victim() != Victim.SELF) {
            if (note.victim() == Victim.POSTGRES) {
                postgres.kill();
            } else {
                redis().kill();
            }
            figures.struck(note.step(), note.victim() == Victim.POSTGRES ? "PostgreSQL" : "Redis");
            note.takeAway();
        }
    }

    private void revive() {
        if (!closed && !postgres.isRunning()) {
            postgres.startAgain();
        }
        for (var server : redis.map(List::of).orElseGet(() -> replicated().servers())) {
            if (!closed && !server.isRunning()) {
                server.startAgain();
            }
        }
    }

    void pause(Duration time) throws InterruptedException {
        Thread.sleep(time);
    }

    @Override
    public void close() {
        closed = true;
        processes().forEach(RestartedProcess::close);
        stores.lock();
        try {
            stopRedis();
            postgres.resume();
            postgres.stop();
        } finally {
            stores.unlock();
        }
    }
}
