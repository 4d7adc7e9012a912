package dev.twotick.bench;

import dev.twotick.devstack.Home;
import dev.twotick.devstack.StackFailure;
import dev.twotick.stores.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./twotick bench`.
@Command(
        name = "./twotick bench",
        sortOptions = false,
        usageHelpAutoWidth = true,
        mixinStandardHelpOptions = true,
        description = {
            "Measures Twotick on this machine: against a web server that stores",
            "nothing, against simpler designs, and against another build, in one run and",
            "in turns. Everything is a process of its own, on stores that sync to disk.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  ./twotick bench                         every scenario that is not long",
            "  ./twotick bench --list                  what there is",
            "  ./twotick bench drain --against 8090e75   and that commit, in turns",
            "  ./twotick bench drain --against ../other  and a clone that is built",
            "  ./twotick bench latency --seconds 10 --json now.json --picture now.svg",
            "  ./twotick bench sizing                  what a day of 8 million events costs",
            "  ./twotick bench pages --messages 10000000   the console's pages, with as many",
            "",
            "A line says what was measured, what it is held against in the same run,",
            "the ratio, what is asked of it, and whether it was reached. Asked is: at",
            "least (≥), at most (≤), so much above the reference at most (≤ +); of the",
            "ratio, or of the figure where nothing is held against it.",
            "",
            "The Go receiver takes part where Go is; where it is not, the run says so.",
            "With --long a run takes hours, most of them filling ten million messages.",
            "",
            "While it runs, do nothing else on this machine. What else of Twotick runs",
            "here is not touched. docs/performance.md says what the lines mean."
        })
public final class Bench implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "Scenarios; none: all that are not long.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--list", description = "Say which scenarios there are, and end.")
    private boolean list;

    @Option(
            names = "--against",
            paramLabel = "REV|DIR",
            description = "Measure that build in the same run: a commit, which is built in a git worktree, or the"
                    + " folder of a clone that is built.")
    private @Nullable String against;

    @Option(
            names = "--build",
            paramLabel = "DIR",
            description = "Measure the build in this folder. Default: this clone.")
    private @Nullable Path build;

    @Option(names = "--seconds", paramLabel = "N", description = "Of one measurement. Default: each scenario's own.")
    private double seconds;

    @Option(
            names = "--turns",
            paramLabel = "N",
            defaultValue = "2",
            description = "Of each that is compared; the median counts. Default: ${DEFAULT-VALUE}.")
    private int turns;

    @Option(
            names = "--events",
            paramLabel = "N",
            defaultValue = "40000",
            description = "That a worker drains at one time. Default: ${DEFAULT-VALUE}.")
    private int events;

    @Option(
            names = "--messages",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "In the database whose pages are looked at. Default: ${DEFAULT-VALUE}.")
    private long messages;

    @Option(names = "--payloads", paramLabel = "N", description = "And payloads. Default: one for five messages.")
    private @Nullable Long payloads;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "200",
            description = "And events a second that arrive meanwhile. Default: ${DEFAULT-VALUE}.")
    private double rate;

    @Option(
            names = "--filled",
            paramLabel = "DIR",
            description = "Keep that database in this folder, and take it from there if it is there.")
    private @Nullable Path filled;

    @Option(
            names = "--sockets",
            paramLabel = "N",
            defaultValue = "1000",
            description = "That listen at a console. Default: ${DEFAULT-VALUE}.")
    private int sockets;

    @Option(names = "--long", description = "The long scenarios, too.")
    private boolean includeLong;

    @Option(names = "--json", paramLabel = "FILE", description = "Write what was measured there, too.")
    private @Nullable Path json;

    @Option(
            names = "--picture",
            paramLabel = "FILE",
            description = "Draw there what was asked and what was reached, as SVG.")
    private @Nullable Path picture;

    @Option(names = "--keep", description = "Keep the stores and the logs.")
    private boolean keep;

    private final Path project;
    private final Path home;
    private final Optional<Function<Path, Build>> given;

    Bench() {
        project = Path.of(System.getProperty("twotick.project", "")).toAbsolutePath();
        home = Home.of(System.getenv(), project).folder();
        given = Optional.empty();
    }

    /// @param given the build that is measured, with its home in that folder
    Bench(Path home, Function<Path, Build> given) {
        this.project = home;
        this.home = home;
        this.given = Optional.of(given);
    }

    public static void main(String[] arguments) {
        System.exit(run(new Bench(), arguments));
    }

    static int run(Bench bench, String... arguments) {
        Locale.setDefault(Locale.ROOT); // of the numbers in the table
        var command = new CommandLine(bench);
        command.setExecutionExceptionHandler((fault, _, _) -> {
            if (!(fault instanceof StackFailure)) {
                fault.printStackTrace(System.err);
            }
            System.err.println("twotick: " + fault.getMessage());
            return 1;
        });
        return command.execute(arguments);
    }

    @Override
    public Integer call() throws IOException {
        if (list) {
            Scenarios.ALL.forEach(scenario -> System.out.printf(
                    "%-10s %s%s%n", scenario.name(), scenario.says(), scenario.isLong() ? " (long)" : ""));
            return 0;
        }
        var chosen = chosen();
        var folder = home.resolve("bench");
        var run = folder.resolve("run-" + ProcessHandle.current().pid());
        Files.createDirectories(run);
        var mine = given.orElse(at -> Build.of("twotick", build == null ? project : build.toAbsolutePath(), at))
                .apply(run.resolve("mine"));
        var other = Optional.ofNullable(against).map(which -> {
            var tree = Checkout.of(which, project, folder.resolve("builds"), Bench::say);
            return Build.of(shortName(which), tree, run.resolve("other"));
        });
        try {
            measure(chosen, mine, other, run);
        } finally {
            if (!keep) {
                Folders.delete(run);
            }
        }
        return 0;
    }

    private static String shortName(String which) {
        var last = Path.of(which).toAbsolutePath().normalize().getFileName();
        return last == null ? which : last.toString();
    }

    private List<Scenario> chosen() {
        var unknown = names.stream()
                .filter(name -> Scenarios.ALL.stream()
                        .noneMatch(scenario -> scenario.name().equals(name)))
                .toList();
        if (!unknown.isEmpty()) {
            throw new StackFailure("there is no scenario " + String.join(", ", unknown) + "; there are: "
                    + Scenarios.ALL.stream().map(Scenario::name).collect(Collectors.joining(", ")));
        }
        return Scenarios.ALL.stream()
                .filter(scenario ->
                        names.isEmpty() ? includeLong || !scenario.isLong() : names.contains(scenario.name()))
                .toList();
    }

    private void measure(List<Scenario> chosen, Build mine, Optional<Build> other, Path folder) throws IOException {
        try (var servers = new Servers(folder);
                var load = new LoadProcess(folder.resolve("load.log"))) {
            var end = new Thread(() -> end(servers), "end");
            Runtime.getRuntime().addShutdownHook(end);
            var head = Machine.words() + "\n" + servers.settings()
                    + (servers.countsStatements()
                            ? ""
                            : "\nthis PostgreSQL has no pg_stat_statements: statements are not counted");
            System.out.println(head);
            var run = new Run(
                    servers,
                    load,
                    mine,
                    other,
                    seconds,
                    turns,
                    events,
                    messages,
                    payloads == null ? messages / 5 : payloads,
                    rate,
                    Optional.ofNullable(filled),
                    sockets,
                    Bench::say,
                    new ArrayList<>());
            for (var scenario : chosen) {
                say(scenario.name() + ": " + scenario.says());
                scenario.measure(run);
            }
            System.out.println();
            System.out.println(head);
            System.out.println();
            System.out.print(Table.of(run.lines()));
            if (json != null) {
                Files.writeString(json, Json.of(head, run.lines()));
            }
            if (picture != null) {
                Files.writeString(picture, Picture.of(run.lines()));
            }
            Runtime.getRuntime().removeShutdownHook(end);
        }
    }

    /// What is interrupted leaves nothing running: the stores are no children of ours, a process that stands still
    /// hears no other signal.
    private static void end(Servers servers) {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
        servers.close();
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
