package dev.twotick.devstack;

import dev.twotick.stores.Folders;
import dev.twotick.stores.FreePort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// Runs ingest and worker on stores of their own and under load, and has the JVM of each write an [AotCache] at its
/// end. Whoever starts from it has classes that are loaded, and a compiler that knows which methods matter and how they
/// are used.
///
/// A cache is put in its place when it is whole and a JVM has started from it.
public final class Training implements AutoCloseable {
    private static final int PATIENCE_S = 300; // one that gives way to all others is slow

    private final Home home;
    private final List<String> jvmOptions;
    private final EmbeddedStores stores = new EmbeddedStores();
    private final List<Process> running = new ArrayList<>();
    private boolean closed;

    /// One of the two processes.
    private record Trained(Child child, String url, Path written) {}

    /// @param folder     for the time of the training; what is in it goes
    /// @param jvmOptions as the processes will be started with
    public Training(Path folder, List<String> jvmOptions) {
        Folders.delete(folder.resolve("logs"));
        home = new Home(folder).make();
        this.jvmOptions = List.copyOf(jvmOptions);
    }

    /// Makes the caches of both where one is missing.
    public static void make(Home home, Program ingest, Program worker) throws InterruptedException {
        if (ingest.lacksItsCache() || worker.lacksItsCache()) {
            try (var training = new Training(home.folder().resolve("training"), List.of())) {
                var caches = ingest.cache().orElseThrow().folder();
                training.run(caches, ingest.jar(), worker.jar());
            }
        }
    }

    /// @param caches the folder for the caches
    /// @throws StackFailure when a process does not do what it should
    public void run(Path caches, Path ingestJar, Path workerJar) throws InterruptedException {
        endLeftBehind();
        try (var load = new TrainingLoad()) {
            var settings = startStores(settings(load.hookUrl()));
            startMigrated(workerJar, settings);
            var ingest = trained("ingest", ingestJar, List.of(), settings, settings.url());
            var worker =
                    trained("worker", workerJar, List.of("--roles", "consume,deliver"), settings, settings.workerUrl());
            var both = List.of(begin(ingest), begin(worker));
            awaitHealthy(ingest);
            awaitHealthy(worker);
            load.run(settings);
            both.forEach(Process::destroy);
            for (var process : both) {
                awaitEnd(process);
            }
            keep(ingest, AotCache.of(caches, "ingest", ingestJar), ingestJar);
            keep(worker, AotCache.of(caches, "worker", workerJar), workerJar);
        }
    }

    private void endLeftBehind() {
        for (var name : List.of("ingest", "worker", "migrate")) {
            Child.endLeftBehind(home, name, 1);
        }
    }

    private static StackSettings settings(String hookUrl) {
        var values = new TreeMap<>(Map.of(
                "TWOTICK_APP_SECRETS",
                "training=an app secret of the training",
                "TWOTICK_VERIFY_TOKEN",
                "a verify token of the training",
                "TWOTICK_ENCRYPTION_KEY",
                "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
                Secrets.EMBEDDED_PASSWORD,
                "training",
                "TWOTICK_HOOK_SECRET",
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "TWOTICK_HOOK_ALLOW_NETS",
                "127.0.0.0/8",
                "TWOTICK_HTTP_HOST",
                "127.0.0.1",
                "TWOTICK_WORKER_HOST",
                "127.0.0.1",
                "TWOTICK_WEBHOOK_PATH",
                "/webhook",
                "TWOTICK_HOOK_URL",
                hookUrl));
        values.put("TWOTICK_HTTP_PORT", String.valueOf(FreePort.any()));
        values.put("TWOTICK_WORKER_PORT", String.valueOf(FreePort.any()));
        return new StackSettings(values);
    }

    private void startMigrated(Path workerJar, StackSettings settings) throws InterruptedException {
        var migrate = new Child(home, "migrate", plain(workerJar), List.of(), List.of("--migrate"), settings.values());
        if (begin(migrate).waitFor() != 0) {
            throw new StackFailure("the training's migration failed:\n  " + migrate.lastLines());
        }
    }

    private Trained trained(String name, Path jar, List<String> arguments, StackSettings settings, String url) {
        var written = home.folder().resolve(name + ".aot");
        var options = new ArrayList<>(jvmOptions);
        options.add("-XX:AOTCacheOutput=" + written);
        return new Trained(new Child(home, name, plain(jar), options, arguments, settings.values()), url, written);
    }

    /// Without a cache or an archive of its own.
    private static Program plain(Path jar) {
        return new Program(List.of("-jar", jar.toString()), Optional.empty());
    }

    private Process begin(Trained trained) {
        return begin(trained.child());
    }

    private synchronized StackSettings startStores(StackSettings settings) {
        requireOpen();
        return stores.start(home, settings);
    }

    private synchronized Process begin(Child child) {
        requireOpen();
        var process = child.start();
        running.add(process);
        return process;
    }

    private static void awaitHealthy(Trained trained) throws InterruptedException {
        var health = new HealthProbe();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (!health.ask(trained.url()).healthy()) {
            if (System.nanoTime() > end) {
                throw new StackFailure("the training's " + trained.child().name() + " is not healthy:\n  "
                        + trained.child().lastLines());
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    /// The JVM writes before it is gone.
    private static void awaitEnd(Process process) throws InterruptedException {
        if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
            throw new StackFailure("a process of the training does not end");
        }
    }

    private void keep(Trained trained, AotCache cache, Path jar) throws InterruptedException {
        try {
            if (!Files.exists(trained.written()) || !starts(trained.written(), jar)) {
                throw new StackFailure(
                        "the JVM wrote no cache for " + trained.child().name() + " that it can start from:\n  "
                                + trained.child().lastLines());
            }
            cache.replaceBy(trained.written());
        } catch (IOException e) {
            throw new StackFailure("cannot keep " + cache.file() + ": " + e.getMessage(), e);
        }
    }

    /// Asked to insist on it, a JVM that cannot use the cache does not start.
    private boolean starts(Path written, Path jar) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(
                Child.java(), "--enable-native-access=ALL-UNNAMED", "-XX:AOTCache=" + written, "-XX:AOTMode=on"));
        command.addAll(jvmOptions);
        command.addAll(List.of("-jar", jar.toString(), "--version"));
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(home.logs().resolve("proof.log").toFile())
                .start();
        return process.waitFor() == 0;
    }

    private void requireOpen() {
        if (closed) {
            throw new StackFailure("the training was told to end");
        }
    }

    /// Whatever still runs ends at once, and the folder is gone.
    @Override
    public synchronized void close() {
        closed = true;
        for (var process : running) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().onExit().join();
        }
        stores.stop();
        Folders.delete(home.folder());
    }
}
