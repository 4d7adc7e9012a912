package dev.twotick.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.ingest.Ingest;
import dev.twotick.stores.PgBouncer;
import dev.twotick.stores.RedisCluster;
import dev.twotick.stores.RedisSentinels;
import dev.twotick.stores.Stores;
import dev.twotick.worker.Worker;
import dev.twotick.worker.WorkerSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.awaitility.Awaitility;
import org.jooq.DSLContext;

/// A whole Twotick with real stores, an ingest, workers and a developer's endpoint; tests enter by Meta's door.
final class Installation implements AutoCloseable {
    private static final String APP_SECRET = "an app secret of the tests";

    final Map<String, String> environment = new HashMap<>();
    final HookReceiver hook;
    final DSLContext db;
    private final HikariDataSource pool;
    private final Ingest ingest;
    private final List<Worker> workers = new ArrayList<>();
    private final HttpClient meta = HttpClient.newHttpClient();

    Installation(Stores stores, int workerProcesses) throws Exception {
        this(new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), stores.redisUrl());
        for (int i = 0; i < workerProcesses; i++) {
            startWorker();
        }
    }

    /// Without a worker.
    Installation(DatabaseSettings database, String redisUrl) throws Exception {
        this(database, database.url(), redisUrl, Map.of());
    }

    /// Without a worker; its processes have the pooler for their database.
    static Installation behind(PgBouncer pooler, Stores stores) throws Exception {
        DatabaseSettings direct = new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password());
        return new Installation(direct, pooler.jdbcUrl(), stores.redisUrl(), Map.of());
    }

    /// Without a worker; its Redis is the one that the Sentinels name.
    static Installation behind(RedisSentinels sentinels, Stores stores) throws Exception {
        DatabaseSettings database = new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password());
        return new Installation(
                database,
                database.url(),
                sentinels.url(),
                Map.of("TWOTICK_REDIS_SENTINEL_PASSWORD", RedisSentinels.PASSWORD));
    }

    /// Without a worker.
    static Installation on(RedisCluster cluster, Stores stores) throws Exception {
        return new Installation(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), cluster.url());
    }

    /// Without a worker.
    ///
    /// @param more settings
    static Installation with(Stores stores, Map<String, String> more) throws Exception {
        DatabaseSettings database = new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password());
        return new Installation(database, database.url(), stores.redisUrl(), more);
    }

    private Installation(DatabaseSettings database, String urlOfProcesses, String redisUrl, Map<String, String> more)
            throws Exception {
        hook = new HookReceiver();
        environment.putAll(more);
        environment.put("TWOTICK_DATABASE_URL", urlOfProcesses);
        environment.put("TWOTICK_DATABASE_USER", database.user());
        environment.put("TWOTICK_DATABASE_PASSWORD", database.password());
        environment.put("TWOTICK_REDIS_URL", redisUrl);
        environment.put("TWOTICK_APP_SECRETS", "shop=" + APP_SECRET);
        environment.put("TWOTICK_VERIFY_TOKEN", "a verify token of the tests");
        environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        environment.put("TWOTICK_HOOK_URL", hook.url());
        environment.put("TWOTICK_HOOK_SECRET", HookReceiver.SECRET);
        environment.put("TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8");
        environment.put("TWOTICK_HTTP_PORT", "0");
        environment.put("TWOTICK_WORKER_PORT", "0");
        pool = Database.pool(database, "test", 4, Duration.ZERO);
        Migrations.migrate(pool);
        db = Database.jooq(pool);
        ingest = Ingest.start(environment);
    }

    void startWorker() throws InterruptedException {
        Worker worker =
                new Worker(WorkerSettings.read(environment), EnumSet.of(Worker.Role.CONSUME, Worker.Role.DELIVER));
        workers.add(worker);
        worker.start();
    }

    void stopWorkers() {
        workers.forEach(Worker::close);
        workers.clear();
    }

    /// Posts as Meta does.
    ///
    /// @return the status of the answer
    int post(String body) throws IOException, InterruptedException {
        return post(body.getBytes(UTF_8));
    }

    int post(byte[] body) throws IOException, InterruptedException {
        return post(ingest.port(), body);
    }

    /// To whoever listens on that port of this machine, and hands it on.
    int post(int port, byte[] body) throws IOException, InterruptedException {
        return post(meta, URI.create("http://127.0.0.1:" + port + "/webhook"), body);
    }

    static int post(HttpClient meta, URI webhook, byte[] body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(webhook)
                .header("Content-Type", "application/json")
                .header("X-Hub-Signature-256", "sha256=" + hmac(body))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        return meta.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    int port() {
        return ingest.port();
    }

    int tlsPort() {
        return ingest.tlsPort();
    }

    /// Of the worker that was started last: its health and metrics.
    int workerPort() {
        return workers.getLast().port();
    }

    String ingestHealth() throws IOException, InterruptedException {
        return health(ingest.port());
    }

    /// Of the worker that was started last.
    String workerHealth() throws IOException, InterruptedException {
        return health(workerPort());
    }

    private String health(int port) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health"))
                .build();
        return meta.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    /// Returns when every logged payload has an outcome.
    void settle() {
        Awaitility.await()
                .atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> one("select count(*) from payload where state = 'received'")
                        .equals(0L));
    }

    /// The first value of the first row.
    Object one(String sql, Object... values) {
        return db.fetchValue(sql, values);
    }

    static String hmac(byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(APP_SECRET.getBytes(UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        ingest.close();
        stopWorkers();
        pool.close();
        hook.close();
    }
}
