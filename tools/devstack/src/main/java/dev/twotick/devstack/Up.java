package dev.twotick.devstack;

import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `./twotick up`.
@Command(name = "up", description = "Starts everything on this machine, until Ctrl-C.")
final class Up implements Callable<Integer> {

    @Override
    public Integer call() throws InterruptedException {
        var project = Path.of(System.getProperty("twotick.project", "")).toAbsolutePath();
        var home = Home.of(System.getenv(), project).make();
        home.lock();
        run(project, home);
        return 0;
    }

    private static void run(Path project, Home home) throws InterruptedException {
        Child.endLeftBehind(home, "ingest", 20);
        Child.endLeftBehind(home, "worker", 30);
        Child.endLeftBehind(home, "migrate", 30);
        var asked = StackSettings.resolve(System.getenv(), project, home);
        HealthProbe.requireFree(asked, "TWOTICK_HTTP_HOST", "TWOTICK_HTTP_PORT");
        if (asked.port("TWOTICK_WORKER_PORT") == 0) {
            throw new StackFailure(
                    "TWOTICK_WORKER_PORT is 0; ./twotick up asks the worker there whether it is healthy, so"
                            + " name a port");
        }
        HealthProbe.requireFree(asked, "TWOTICK_WORKER_HOST", "TWOTICK_WORKER_PORT");
        var ingestProgram = Program.jar(AppCopy.of(project, "ingest", home));
        var workerProgram = Program.jar(AppCopy.of(project, "worker", home));

        var stores = new EmbeddedStores();
        var supervisor = new Supervisor(home, stores);
        Runtime.getRuntime().addShutdownHook(new Thread(supervisor::end, "end"));
        var settings = supervisor.inOrder(() -> stores.start(home, asked));

        say("migrating the schema");
        supervisor.runToEnd(
                new Child(home, "migrate", workerProgram, List.of(), List.of("--migrate"), settings.values()));

        say("starting ingest and worker");
        var ingest = new Child(home, "ingest", ingestProgram, List.of(), List.of(), settings.values());
        var worker = new Child(
                home, "worker", workerProgram, List.of(), List.of("--roles", "consume,deliver"), settings.values());
        supervisor.start(ingest);
        supervisor.start(worker);
        supervisor.awaitHealthy(ingest, settings.url());
        supervisor.awaitHealthy(worker, settings.workerUrl());

        supervisor.inOrder(() -> {
            writeRunEnv(home, settings);
            return true;
        });
        Welcome.print(home, settings);
        supervisor.watch();
    }

    /// The addresses, then every other setting, so that `send`, `replay` and `resend` see the same world.
    private static void writeRunEnv(Home home, StackSettings settings) {
        var values = new java.util.LinkedHashMap<String, String>();
        values.put("TWOTICK_DATABASE_URL", settings.databaseUrlWithUser());
        values.put("TWOTICK_REDIS_URL", settings.get("TWOTICK_REDIS_URL"));
        values.put("TWOTICK_URL", settings.url());
        values.put("TWOTICK_WORKER_URL", settings.workerUrl());
        new TreeMap<>(settings.values()).forEach(values::putIfAbsent);
        EnvFile.write(home.runEnv(), values);
    }

    private static void say(String line) {
        System.out.println("twotick: " + line);
    }
}
