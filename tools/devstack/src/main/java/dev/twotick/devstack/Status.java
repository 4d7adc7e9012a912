package dev.twotick.devstack;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;

/// `./twotick status`: 0 when all is well.
@Command(name = "status", description = "Says what runs, where, and how far behind it is.")
final class Status implements Callable<Integer> {

    @Override
    public Integer call() throws InterruptedException {
        var home = Home.of(System.getenv(), Path.of(System.getProperty("twotick.project", "")));
        Optional<ProcessHandle> up = home.running();
        var run = EnvFile.read(home.runEnv());
        if (up.isEmpty()) {
            System.out.println("Nothing runs on " + home.folder() + ". Start it with ./twotick up");
            return 1;
        }
        if (run.isEmpty()) {
            System.out.println("./twotick up (pid " + up.get().pid() + ") starts or stops on " + home.folder());
            return 1;
        }
        var health = new HealthProbe();
        var ingest = health.ask(run.getOrDefault("TWOTICK_INGEST_URL", ""));
        var worker = health.ask(run.getOrDefault("TWOTICK_WORKER_URL", ""));
        System.out.println(text(home, up.get().pid(), run, ingest, worker, health.metrics(run)));
        return ingest.healthy() && worker.healthy() ? 0 : 1;
    }

    private static String text(
            Home home,
            long pid,
            Map<String, String> run,
            HealthProbe.Answer ingest,
            HealthProbe.Answer worker,
            String metrics) {
        return """
                Twotick runs on %s (./twotick up is pid %d).

                  ingest     %s
                             %s
                  worker     %s
                             %s
                  waiting    %s payloads, the oldest for %s s; beside them %s that are not in the log yet
                  database   %s
                  redis      %s
                  logs       %s   (./twotick logs)\
                """.formatted(
                        home.folder(),
                        pid,
                        run.getOrDefault("TWOTICK_URL", "") + run.getOrDefault("TWOTICK_WEBHOOK_PATH", ""),
                        words(ingest),
                        run.getOrDefault("TWOTICK_WORKER_URL", ""),
                        words(worker),
                        gauge(metrics, "twotick_stream_entries"),
                        gauge(metrics, "twotick_stream_oldest_seconds"),
                        gauge(metrics, "twotick_stream_to_log"),
                        Welcome.withoutSecrets(run.getOrDefault("TWOTICK_DATABASE_URL", "")),
                        Welcome.withoutSecrets(run.getOrDefault("TWOTICK_REDIS_URL", "")),
                        home.logs().resolve("*.log"));
    }

    private static String words(HealthProbe.Answer answer) {
        return (answer.healthy() ? "healthy: " : "NOT healthy: ") + answer.words();
    }

    private static String gauge(String metrics, String name) {
        Matcher line = Pattern.compile("(?m)^" + name + "(?:\\{.*})? (\\d+)(?:\\.\\d+)?$")
                .matcher(metrics);
        return line.find() ? line.group(1) : "?";
    }
}
