package dev.twotick.devstack;

import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `./twotick up`.
@Command(name = "up", description = "Starts everything on this machine, until Ctrl-C.")
final class Up implements Callable<Integer> {
    /// The first seconds are of whoever looks at what has started.
    private static final int TRAINING_AFTER_S = 15;

    /// What a link holds that signs in to the console, once; another one at each `up`.
    private static final String SIGN_IN = "TWOTICK_CONSOLE_SIGN_IN";

    @Option(
            names = "--no-training",
            description = "make no caches behind this start, from which the next one would be quicker")
    private boolean untrained;

    @Override
    public Integer call() throws InterruptedException {
        var project = Path.of(System.getProperty("twotick.project", "")).toAbsolutePath();
        var home = Home.of(System.getenv(), project).make();
        home.lock();
        run(project, home);
        return 0;
    }

    private void run(Path project, Home home) throws InterruptedException {
        Child.endLeftBehind(home, "ingest", 20);
        Child.endLeftBehind(home, "worker", 30);
        Child.endLeftBehind(home, "migrate", 30);
        Child.endLeftBehind(home, "training", 30);
        var asked = StackSettings.resolve(System.getenv(), project, home);
        HealthProbe.requireFree(asked, "TWOTICK_HTTP_HOST", "TWOTICK_HTTP_PORT");
        if (asked.port("TWOTICK_WORKER_PORT") == 0) {
            throw new StackFailure(
                    "TWOTICK_WORKER_PORT is 0; ./twotick up asks the worker there whether it is healthy, so"
                            + " name a port");
        }
        if (asked.servesTls()) {
            HealthProbe.requireFree(asked, "TWOTICK_HTTP_HOST", "TWOTICK_TLS_PORT");
        }
        HealthProbe.requireFree(asked, "TWOTICK_WORKER_HOST", "TWOTICK_WORKER_PORT");
        HealthProbe.requireFree(asked, "TWOTICK_CONSOLE_HOST", "TWOTICK_CONSOLE_PORT");
        var ingestProgram = Program.of(project, "ingest", home);
        var workerProgram = Program.of(project, "worker", home);

        var stores = new EmbeddedStores();
        var supervisor = new Supervisor(home, stores);
        Runtime.getRuntime().addShutdownHook(new Thread(supervisor::end, "end"));
        var settings = supervisor.inOrder(() -> stores.start(home, asked));

        say("migrating the schema");
        supervisor.runToEnd(
                new Child(home, "migrate", workerProgram, List.of(), List.of("--migrate"), settings.values()));

        say("starting ingest and worker");
        var ingest = new Child(home, "ingest", ingestProgram, List.of(), List.of(), settings.values());
        var signIn = settings.has(SIGN_IN) ? settings.get(SIGN_IN) : Secrets.signIn();
        var worker = new Child(
                home,
                "worker",
                workerProgram,
                List.of(),
                List.of("--roles", "consume,deliver,console"),
                settings.with(SIGN_IN, signIn).values());
        supervisor.start(ingest);
        supervisor.start(worker);
        supervisor.awaitHealthy(ingest, settings.ingestUrl());
        supervisor.awaitHealthy(worker, settings.workerUrl());

        supervisor.inOrder(() -> {
            writeRunEnv(home, settings);
            return true;
        });
        Welcome.print(home, settings, signIn);
        if (!untrained && (ingestProgram.lacksItsCache() || workerProgram.lacksItsCache())) {
            supervisor.startLater(training(project, home, ingestProgram, workerProgram), TRAINING_AFTER_S);
        }
        supervisor.watch();
    }

    /// Of the copies that run: a build in this clone changes the others.
    private static Child training(Path project, Home home, Program ingest, Program worker) {
        return Child.inBackground(
                home,
                "training",
                Program.onClassPath(System.getProperty("java.class.path"), Devstack.class.getName()),
                List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                List.of(
                        "train",
                        "--into=" + Program.caches(project),
                        ingest.jar().toString(),
                        worker.jar().toString()));
    }

    /// The addresses, then every other setting, so that `send`, `replay` and `resend` see the same world.
    private static void writeRunEnv(Home home, StackSettings settings) {
        var values = new java.util.LinkedHashMap<String, String>();
        values.put("TWOTICK_DATABASE_URL", settings.databaseUrlWithUser());
        values.put("TWOTICK_REDIS_URL", settings.get("TWOTICK_REDIS_URL"));
        values.put("TWOTICK_URL", settings.url());
        values.put("TWOTICK_INGEST_URL", settings.ingestUrl());
        values.put("TWOTICK_WORKER_URL", settings.workerUrl());
        values.put("TWOTICK_CONSOLE_URL", settings.consoleUrl());
        new TreeMap<>(settings.values()).forEach(values::putIfAbsent);
        EnvFile.write(home.runEnv(), values);
    }

    private static void say(String line) {
        System.out.println("twotick: " + line);
    }
}
