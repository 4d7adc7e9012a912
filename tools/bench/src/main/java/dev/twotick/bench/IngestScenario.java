package dev.twotick.bench;

import dev.twotick.bench.load.Order;
import dev.twotick.bench.load.Order.Shape;
import dev.twotick.bench.load.Outcome;
import dev.twotick.devstack.StackFailure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/// Requests that are durably acknowledged, over many connections, each of the compared in turn.
record IngestScenario() implements Scenario {
    private static final int CONNECTIONS = 256;
    private static final int FASTEST = 45_000;
    private static final String CEILING = "Javalin, HMAC only";
    private static final String SIMPLE = "INSERT and XADD a request";
    private static final String GO = "Go, forty lines";
    private static final double RATE = 2_000;
    private static final int CONNECTIONS_AT_RATE = 64;

    @Override
    public String name() {
        return "ingest";
    }

    @Override
    public String says() {
        return "requests/s that are durably acknowledged, 256 connections, against the same Javalin that stores nothing";
    }

    /// One of the compared.
    ///
    /// @param cpu   seconds of its own process so far
    /// @param after each turn
    private record Rival(String name, int port, DoubleSupplier cpu, Runnable after) {}

    private record Turn(Outcome outcome, double cpu) {
        double microsARequest() {
            return cpu * 1e6 / outcome.accepted();
        }
    }

    @Override
    public void measure(Run run) {
        var stacks = run.stacks();
        var database = run.servers().createDatabase("simple");
        run.servers().execute(database, "create table simple_log (id uuid primary key, body bytea not null)");
        var stores = List.of(
                run.servers().jdbcUrl(database),
                Servers.user(),
                Servers.password(),
                run.servers().redisUrl(database));
        var home = run.mine().home();
        try (var ceiling = ReferenceProcess.start(home, "ceiling", List.of());
                var simple = ReferenceProcess.start(home, "simple", stores);
                var go = startGo(run, database)) {
            var rivals = new ArrayList<Rival>();
            rivals.add(new Rival(CEILING, ceiling.port(), ceiling::cpu, () -> {}));
            for (var stack : stacks) {
                rivals.add(new Rival(
                        stack.build().name(), stack.port(), () -> stack.cpu().ingest(), () -> settle(stack)));
            }
            rivals.add(new Rival(
                    SIMPLE, simple.port(), simple::cpu, () -> run.servers().redisUrl(database)));
            if (go != null) {
                rivals.add(new Rival(GO, go.port(), go::cpu, () -> run.servers().redisUrl(database)));
            }
            var turns = compare(run, rivals);
            for (var stack : stacks) {
                checkLog(
                        stack,
                        turns.getOrDefault(stack.build().name(), List.of()).stream()
                                .mapToLong(turn -> turn.outcome().accepted())
                                .sum());
            }
            report(run, turns);
            run.add(atRate(run, rivals.get(1))
                    .against(CEILING, atRate(run, rivals.getFirst()).figure().value())
                    .atMostMore(15));
        } catch (IOException e) {
            throw new StackFailure("the Go receiver does not start: " + e.getMessage(), e);
        } finally {
            stacks.forEach(Stack::close);
            run.servers().dropDatabase(database);
        }
    }

    /// Null: it could not be built.
    private static @Nullable ReferenceProcess startGo(Run run, String database) throws IOException {
        var folder = run.mine().home().folder();
        var built = GoReceiver.build(folder.resolveSibling("go"), run::say);
        return built.isEmpty()
                ? null
                : ReferenceProcess.startGo(
                        built.get(),
                        folder.resolve("go.log"),
                        run.servers().jdbcUrl(database).substring("jdbc:".length()) + "?sslmode=disable&user="
                                + Servers.user() + "&password=" + Servers.password(),
                        run.servers().redisUrl(database));
    }

    private static Line atRate(Run run, Rival rival) {
        double seconds = run.secondsOr(10);
        long first = run.load().first((long) (RATE * seconds));
        var outcome =
                run.load().post(Order.open(rival.port(), CONNECTIONS_AT_RATE, RATE, seconds, first, Shape.SINGLE));
        rival.after().run();
        run.say("ingest %s, 2,000 requests/s: p50 %.1f p99 %.1f ms"
                .formatted(rival.name(), outcome.post().p50(), outcome.post().p99()));
        return Line.of("ingest", "p99 at 2,000 requests/s", outcome.post().p99(), "ms");
    }

    /// What is pushed behind the answers shall not run into the next one's turn, nor fill Redis.
    private static void settle(Stack stack) {
        long before = -1;
        for (long length = stack.streamLength(); length != before; length = stack.streamLength()) {
            before = length;
            Pause.millis(200);
        }
        stack.emptyStream();
    }

    /// Whatever was answered 200 is in the log.
    private static void checkLog(Stack stack, long accepted) {
        long logged = stack.number("select count(*) from payload_log");
        if (logged < accepted) {
            throw new StackFailure(
                    "of " + accepted + " accepted payloads " + logged + " are in the log: something is lost");
        }
    }

    /// The first turn of each warms it.
    private Map<String, List<Turn>> compare(Run run, List<Rival> rivals) {
        var turns = new LinkedHashMap<String, List<Turn>>();
        for (int turn = 0; turn <= run.turns(); turn++) {
            for (var rival : rivals) {
                var result = turn(run, rival, turn == 0 ? run.secondsOr(5) * 1.5 : run.secondsOr(5));
                run.say(
                        ("ingest %s, %s: %.0f requests/s, p99 %.1f ms, %.1f µs of its processor time each; cores: it %.2f,"
                                        + " generator %.2f%s")
                                .formatted(
                                        rival.name(),
                                        turn == 0 ? "warming" : "turn " + turn,
                                        result.outcome().perSecond(),
                                        result.outcome().post().p99(),
                                        result.microsARequest(),
                                        result.cpu() / result.outcome().seconds(),
                                        result.outcome().cores(),
                                        result.outcome().refused() == 0
                                                ? ""
                                                : ", refused "
                                                        + result.outcome().refused()));
                if (turn > 0) {
                    turns.computeIfAbsent(rival.name(), _ -> new ArrayList<>()).add(result);
                }
            }
        }
        return turns;
    }

    private static Turn turn(Run run, Rival rival, double seconds) {
        int requests = (int) (FASTEST * seconds);
        long first = run.load().first(requests);
        run.load().prepare(Order.closed(rival.port(), CONNECTIONS, seconds, requests, first, Shape.SINGLE));
        double cpu = rival.cpu().getAsDouble();
        var outcome = run.load().go();
        var turn = new Turn(outcome, rival.cpu().getAsDouble() - cpu);
        rival.after().run();
        return turn;
    }

    private void report(Run run, Map<String, List<Turn>> turns) {
        var mine = turns.getOrDefault(run.mine().name(), List.of());
        var ceiling = turns.getOrDefault(CEILING, List.of());
        var what = "durably acknowledged requests/s, 256 connections";
        run.add(Line.of("ingest", what, rate(mine), "/s")
                .against(CEILING, rate(ceiling))
                .atLeast(0.8));
        turns.forEach((name, of) -> {
            if (!name.equals(CEILING) && !name.equals(run.mine().name())) {
                var line = Line.of("ingest", what, rate(mine), "/s").against(name, rate(of));
                run.add(name.equals(GO) ? line.atLeast(1.1) : line);
            }
        });
        run.add(Line.of("ingest", "processor time of a request, its own process", cpu(mine), "µs")
                .against(CEILING, cpu(ceiling))
                .atMost(1.4));
    }

    private static double rate(List<Turn> turns) {
        return Median.of(turns.stream().map(turn -> turn.outcome().perSecond()).toList());
    }

    private static double cpu(List<Turn> turns) {
        return Median.of(turns.stream().map(Turn::microsARequest).toList());
    }
}
