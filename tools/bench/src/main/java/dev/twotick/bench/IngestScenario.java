package dev.twotick.bench;

import dev.twotick.bench.load.Order;
import dev.twotick.bench.load.Order.Shape;
import dev.twotick.bench.load.Outcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;

/// Requests that are durably acknowledged, over many connections, each of the compared in turn.
record IngestScenario() implements Scenario {
    private static final int CONNECTIONS = 256;
    private static final int FASTEST = 45_000;
    private static final String CEILING = "Javalin, HMAC only";
    private static final String SIMPLE = "INSERT and XADD a request";

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
                var simple = ReferenceProcess.start(home, "simple", stores)) {
            var rivals = new ArrayList<Rival>();
            rivals.add(new Rival(CEILING, ceiling.port(), ceiling::cpu, () -> {}));
            for (var stack : stacks) {
                rivals.add(new Rival(
                        stack.build().name(), stack.port(), () -> stack.cpu().ingest(), () -> settle(stack)));
            }
            rivals.add(new Rival(SIMPLE, simple.port(), simple::cpu, () -> {}));
            report(run, compare(run, rivals));
        } finally {
            stacks.forEach(Stack::close);
            run.servers().dropDatabase(database);
        }
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

    /// The first turn of each warms it.
    private Map<String, List<Turn>> compare(Run run, List<Rival> rivals) {
        var turns = new LinkedHashMap<String, List<Turn>>();
        for (int turn = 0; turn <= run.turns(); turn++) {
            for (var rival : rivals) {
                var result = turn(run, rival, turn == 0 ? run.secondsOr(5) * 1.5 : run.secondsOr(5));
                run.say("ingest %s, %s: %.0f requests/s, p99 %.1f ms, %.1f µs of its processor time each%s"
                        .formatted(
                                rival.name(),
                                turn == 0 ? "warming" : "turn " + turn,
                                result.outcome().perSecond(),
                                result.outcome().post().p99(),
                                result.microsARequest(),
                                result.outcome().refused() == 0
                                        ? ""
                                        : ", refused " + result.outcome().refused()));
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
                run.add(Line.of("ingest", what, rate(mine), "/s").against(name, rate(of)));
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
