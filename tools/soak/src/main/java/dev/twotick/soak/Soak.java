package dev.twotick.soak;

import dev.twotick.devstack.Home;
import dev.twotick.devstack.Program;
import dev.twotick.devstack.StackFailure;
import dev.twotick.stores.Folders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `./twotick soak`.
@Command(
        name = "soak",
        sortOptions = false,
        usageHelpAutoWidth = true,
        mixinStandardHelpOptions = true,
        description = {
            "Kills ingest, workers, Redis and PostgreSQL, at random moments and at each",
            "step, and takes the stores away in every way, while payloads are posted.",
            "Then counts what the client sent and what its hook received against the",
            "tables: nothing lost, nothing doubled.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  ./twotick soak --minutes 5            kills and outages, then the figures",
            "  ./twotick soak --minutes 5 --seed 42  the same posts, the same order of events",
            "  ./twotick soak --minutes 15 --sentinels   Redis fails over, in every way",
            "  ./twotick soak --minutes 15 --cluster     so do a Cluster's masters",
            "  ./twotick soak --minutes 5 --sites    what a lost site costs",
            "",
            "It runs on stores of its own; what else runs here is not touched.",
            "It ends with 0 when nothing was lost or doubled, else with 1, the seed and what",
            "differs; then all logs and data are kept (always, with --keep).",
            "See docs/crashes.md."
        })
public final class Soak implements Callable<Integer> {
    @Option(names = "--minutes", paramLabel = "N", required = true, description = "How long things are killed.")
    private double minutes;

    @Option(names = "--seed", paramLabel = "S", description = "Of what is posted and what is done. Default: a new one.")
    private @Nullable Long seed;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "60",
            description = "New payloads a second, of 10 items each on average. Default: ${DEFAULT-VALUE}.")
    private int rate;

    @ArgGroup
    private Ordeal ordeal = new Ordeal();

    private static final class Ordeal {
        @Option(
                names = "--sentinels",
                description = "Redis behind Sentinels: another server becomes the master, again and again.")
        private boolean sentinels;

        @Option(
                names = "--cluster",
                description = "Redis as a Cluster: its masters fail over and its slots move, again and again.")
        private boolean cluster;

        @Option(
                names = "--sites",
                description = "A site is lost, and another one goes on from a standby of PostgreSQL, again and again.")
        private boolean sites;

        private SoakSettings.Ordeal chosen() {
            return sentinels
                    ? SoakSettings.Ordeal.SENTINELS
                    : cluster
                            ? SoakSettings.Ordeal.CLUSTER
                            : sites ? SoakSettings.Ordeal.SITES : SoakSettings.Ordeal.KILLS;
        }
    }

    @Option(names = "--keep", description = "Keep logs and data also when all was well.")
    private boolean keep;

    public static void main(String[] arguments) {
        var command = new CommandLine(new Soak());
        command.setExecutionExceptionHandler((fault, _, _) -> {
            if (!(fault instanceof StackFailure)) {
                fault.printStackTrace(System.err);
            }
            System.err.println("twotick: " + fault.getMessage());
            return 1;
        });
        System.exit(command.execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        var project = Path.of(System.getProperty("twotick.project", "")).toAbsolutePath();
        long chosen = seed == null ? ThreadLocalRandom.current().nextLong(1_000_000) : seed;
        var folder = Home.of(System.getenv(), project).folder().resolve("soak").resolve(String.valueOf(chosen));
        if (Files.exists(folder)) {
            throw new StackFailure(folder + " is there from another run; delete it, or choose another --seed");
        }
        var home = new Home(folder).make();
        var settings = new SoakSettings(
                folder,
                chosen,
                rate,
                Duration.ofMillis(Math.round(minutes * 60_000)),
                Duration.ofMinutes(10),
                ordeal.chosen(),
                false,
                Program.of(project, "ingest", home),
                Program.of(project, "worker", home));
        System.out.println("soak seed " + chosen + ", all of it in " + folder);
        Report report = run(settings);
        System.out.println();
        System.out.print(report.table());
        if (report.isClean() && !keep) {
            Folders.delete(folder);
        } else {
            System.out.println("logs and data: " + folder);
        }
        return report.isClean() ? 0 : 1;
    }

    private static Report run(SoakSettings settings) throws Exception {
        var run = new SoakRun(settings, line -> System.out.println("soak " + line));
        var end = new Thread(run::close, "end");
        Runtime.getRuntime().addShutdownHook(end);
        try {
            return run.run();
        } finally {
            run.close();
            Runtime.getRuntime().removeShutdownHook(end);
        }
    }
}
