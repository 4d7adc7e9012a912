package dev.twotick.bench;

import dev.twotick.bench.load.Load;
import dev.twotick.devstack.Child;
import dev.twotick.devstack.StackFailure;
import dev.twotick.stores.FreePort;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;

/// One build's ingest and worker, run as `./twotick up` runs them, on a database and a Redis of their own.
final class Stack implements AutoCloseable {
    static final String SIGN_IN_LINK = "a-link-of-the-bench-that-nobody-else-has";
    static final String API_TOKEN = "a-token-of-the-bench-that-nobody-else-has";

    private static final String STREAM = "twotick:payloads";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();

    private final Servers servers;
    private final Build build;
    private final String database;
    private final boolean drops;
    private final Jedis redis;
    private final Map<String, String> settings = new TreeMap<>();
    private @Nullable Process ingest;
    private @Nullable Process worker;
    private @Nullable Process console;
    private List<String> workerOptions = List.of();
    private boolean paused;

    Stack(Servers servers, Build build) {
        this(servers, build, servers.createDatabase(build.name()), true);
    }

    /// On a database that is there, and stays.
    static Stack on(Servers servers, Build build, String database) {
        return new Stack(servers, build, database, false);
    }

    private Stack(Servers servers, Build build, String database, boolean drops) {
        this.servers = servers;
        this.build = build;
        this.database = database;
        this.drops = drops;
        var redisUrl = servers.redisUrl(database);
        redis = new Jedis(URI.create(redisUrl));
        settings.put("TWOTICK_DATABASE_URL", servers.jdbcUrl(database));
        settings.put("TWOTICK_DATABASE_USER", Servers.user());
        settings.put("TWOTICK_DATABASE_PASSWORD", Servers.password());
        settings.put("TWOTICK_REDIS_URL", redisUrl);
        settings.put("TWOTICK_APP_SECRETS", "bench=" + Load.APP_SECRET);
        settings.put("TWOTICK_VERIFY_TOKEN", "a verify token of the bench");
        settings.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        settings.put("TWOTICK_HOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        settings.put("TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8");
        settings.put("TWOTICK_HTTP_HOST", "127.0.0.1");
        settings.put("TWOTICK_HTTP_PORT", String.valueOf(FreePort.any()));
        settings.put("TWOTICK_WORKER_PORT", String.valueOf(FreePort.any()));
        var migrate = child("migrate", List.of("--migrate"));
        if (migrate.start().onExit().join().exitValue() != 0) {
            throw new StackFailure("the migration of " + build.name() + " failed:\n  " + migrate.lastLines());
        }
    }

    private Child child(String name, List<String> arguments) {
        return new Child(
                build.home(),
                name,
                name.equals("ingest") ? build.ingest() : build.worker(),
                name.equals("worker") ? workerOptions : List.of(),
                arguments,
                settings);
    }

    /// Of the processes that are started from now on.
    void set(String setting, String value) {
        settings.put(setting, value);
    }

    /// For its JVM, from the next start on.
    void setWorkerOptions(List<String> options) {
        workerOptions = List.copyOf(options);
    }

    /// Erases that person.
    void forget(String number) {
        var forget = child("forget", List.of("--forget", number, "--yes"));
        if (forget.start().onExit().join().exitValue() != 0) {
            throw new StackFailure("cannot forget:\n  " + forget.lastLines());
        }
    }

    /// It is not dropped from now on, but called so. Nothing of it runs any more.
    void keep(String name) {
        servers.renameDatabase(database, name);
    }

    boolean countsStatements() {
        return servers.countsStatements();
    }

    Build build() {
        return build;
    }

    /// Of the workers that are started from now on: [#SIGN_IN_LINK] signs in, and the API takes [#API_TOKEN].
    ///
    /// @return the port of the role `console`
    int withConsole() {
        int port = FreePort.any();
        settings.put("TWOTICK_CONSOLE_PORT", String.valueOf(port));
        settings.put("TWOTICK_CONSOLE_SIGN_IN", SIGN_IN_LINK);
        settings.put("TWOTICK_API_TOKEN", API_TOKEN);
        return port;
    }

    /// Starts it; returns when it is healthy.
    Stack startIngest() {
        var child = child("ingest", List.of());
        ingest = child.start();
        awaitHealthy(ingest, child, "TWOTICK_HTTP_PORT");
        return this;
    }

    /// As [#startIngest], and does not wait.
    Stack launchIngest() {
        ingest = child("ingest", List.of()).start();
        return this;
    }

    /// @param roles   `consume`, `deliver`, `console` or several
    /// @param hookUrl where to deliver; empty: nowhere
    Stack startWorker(String roles, String hookUrl) {
        if (!hookUrl.isEmpty()) {
            settings.put("TWOTICK_HOOK_URL", hookUrl);
        }
        var child = child("worker", List.of("--roles", roles));
        worker = child.start();
        awaitHealthy(worker, child, "TWOTICK_WORKER_PORT");
        return this;
    }

    /// A console beside the worker, in a process of its own, on the port of [#withConsole].
    Stack startConsole() {
        int port = FreePort.any();
        var own = new TreeMap<>(settings);
        own.put("TWOTICK_WORKER_PORT", String.valueOf(port));
        var child = new Child(build.home(), "console", build.worker(), List.of(), List.of("--roles", "console"), own);
        console = child.start();
        awaitHealthy(console, child, port);
        return this;
    }

    private void awaitHealthy(Process process, Child child, String port) {
        awaitHealthy(process, child, Integer.parseInt(settings.getOrDefault(port, "0")));
    }

    private void awaitHealthy(Process process, Child child, int port) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health"))
                .timeout(Duration.ofSeconds(2))
                .build();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!isHealthy(request)) {
            if (!process.isAlive() || System.nanoTime() > end) {
                throw new StackFailure(build.name() + " did not start:\n  " + child.lastLines());
            }
            Pause.millis(20);
        }
    }

    private static boolean isHealthy(HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackFailure("interrupted", e);
        }
    }

    int port() {
        return Integer.parseInt(settings.getOrDefault("TWOTICK_HTTP_PORT", "0"));
    }

    /// Stands still with all that it holds, and stays as warm as it is, until [#resumeWorker]; a console too.
    void pauseWorker() {
        signal(console, "STOP");
        signal(worker, "STOP");
        paused = true;
    }

    void resumeWorker() {
        signal(console, "CONT");
        signal(worker, "CONT");
        paused = false;
    }

    private static void signal(@Nullable Process process, String name) {
        if (process != null && process.isAlive()) {
            try {
                new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                        .start()
                        .waitFor();
            } catch (IOException e) {
                throw new StackFailure("cannot send SIG" + name + ": " + e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    void stopIngest() {
        stop(ingest);
        ingest = null;
    }

    void stopWorker() {
        if (paused) {
            resumeWorker();
        }
        stop(worker);
        worker = null;
    }

    void stopConsole() {
        stop(console);
        console = null;
    }

    /// Null: none runs.
    @Nullable
    Process console() {
        return console;
    }

    private static void stop(@Nullable Process process) {
        if (process != null) {
            process.destroy();
            if (!process.onExit()
                    .orTimeout(40, java.util.concurrent.TimeUnit.SECONDS)
                    .handle((_, late) -> late == null)
                    .join()) {
                process.destroyForcibly();
            }
        }
    }

    /// Seconds of processor time of each process so far.
    Cpu cpu() {
        return new Cpu(of(ingest), of(worker), servers.postgresCpu(), servers.redisCpu());
    }

    private static double of(@Nullable Process process) {
        return process == null ? 0 : CpuTime.of(process.toHandle());
    }

    /// Resident.
    long ingestBytes() {
        return bytes(ingest);
    }

    long workerBytes() {
        return bytes(worker);
    }

    private static long bytes(@Nullable Process process) {
        return process == null ? 0 : Memory.of(process.toHandle());
    }

    record Cpu(double ingest, double worker, double postgres, double redis) {
        Cpu since(Cpu before) {
            return new Cpu(
                    ingest - before.ingest, worker - before.worker, postgres - before.postgres, redis - before.redis);
        }

        String over(double seconds) {
            return "cores: ingest %.2f, worker %.2f, PostgreSQL %.2f, Redis %.2f"
                    .formatted(ingest / seconds, worker / seconds, postgres / seconds, redis / seconds);
        }
    }

    /// Payloads that no worker has acknowledged.
    long streamLength() {
        return redis.xlen(STREAM);
    }

    /// Returns when the worker has acknowledged all.
    void awaitEmptyStream() {
        while (streamLength() > 0) {
            if (worker == null || !worker.isAlive()) {
                throw new StackFailure("the worker of " + build.name() + " ended; see its log in "
                        + build.home().logs());
            }
            Pause.millis(20);
        }
    }

    void emptyStream() {
        redis.flushDB();
    }

    /// The caller closes it.
    Connection connect() throws SQLException {
        return servers.connect(database);
    }

    /// The first column of the first row.
    long number(String sql) {
        return Long.parseLong(text(sql));
    }

    /// The first column of the first row.
    String text(String sql) {
        try (var connection = connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new StackFailure(sql + ": " + e.getMessage(), e);
        }
    }

    long walPosition() {
        return number("select (pg_current_wal_lsn() - '0/0')::bigint");
    }

    long size() {
        return number("select pg_database_size(current_database())");
    }

    @Override
    public void close() {
        stopIngest();
        stopConsole();
        stopWorker();
        redis.close();
        if (drops) {
            servers.dropDatabase(database);
        }
    }
}
