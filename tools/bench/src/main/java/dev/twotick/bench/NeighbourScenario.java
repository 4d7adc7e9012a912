package dev.twotick.bench;

import dev.twotick.bench.load.Order;
import dev.twotick.bench.load.Order.Shape;
import dev.twotick.bench.load.Outcome;
import dev.twotick.devstack.StackFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// What an endpoint that answers feels of one that is dead: it takes connections and says nothing, wants every event,
/// and has 100,000 calls waiting.
record NeighbourScenario() implements Scenario {
    private static final int WAITING = 100_000;
    private static final double A_SECOND = 200;
    private static final int CONNECTIONS = 16;
    private static final int WARM_CONNECTIONS = 32;
    private static final double USUALLY = 20;
    private static final double MOST_MORE_MILLIS = 5;

    @Override
    public String name() {
        return "neighbour";
    }

    @Override
    public String says() {
        return "POST to hook, 200 a second, beside an endpoint that is dead and has 100,000 calls waiting";
    }

    @Override
    public void measure(Run run) {
        var alone = new ArrayList<Outcome>();
        var beside = new ArrayList<Outcome>();
        var claims = new ArrayList<Double>();
        try (var stack = new Stack(run.servers(), run.mine()).startIngest();
                var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            raise(run, stack);
            stack.startWorker("consume,deliver", run.load().hookUrl());
            post(run, stack, "warming");
            execute(stack, "vacuum analyze hook_delivery");
            for (int turn = 1; turn <= run.turns(); turn++) {
                alone.add(post(run, stack, "alone, turn " + turn));
                Statements.reset(stack);
                begin(stack, silent.getLocalPort());
                beside.add(post(run, stack, "beside a dead one, turn " + turn));
                claims.add(millisAClaim(stack));
                end(stack);
            }
        } catch (IOException e) {
            throw new StackFailure("no port for the dead endpoint: " + e.getMessage(), e);
        }
        for (double percent : new double[] {50, 99}) {
            run.add(Line.of(
                            name(),
                            "POST to hook, 200 a second, p%.0f, beside a dead endpoint".formatted(percent),
                            median(beside, percent),
                            "ms")
                    .against("without it", median(alone, percent))
                    .atMostMore(MOST_MORE_MILLIS));
        }
        run.add(Line.of(name(), "a claim, where 100,000 calls wait", Median.of(claims), "ms")
                .atMost(1));
    }

    private static double median(List<Outcome> outcomes, double percent) {
        return Median.of(outcomes.stream()
                .map(outcome ->
                        percent == 99 ? outcome.hook().p99() : outcome.hook().p50())
                .toList());
    }

    /// As many events as will wait: they are kept, though nobody is called yet.
    private static void raise(Run run, Stack stack) {
        stack.startWorker("consume", "");
        while (stack.number("select coalesce(sum(cardinality(event_ids)), 0) from hook_page") < WAITING) {
            int payloads = WAITING / 5;
            run.load()
                    .post(Order.all(
                            stack.port(), WARM_CONNECTIONS, payloads, run.load().first(payloads), Shape.SINGLE));
            stack.awaitEmptyStream();
        }
        stack.stopWorker();
    }

    private static void begin(Stack stack, int port) {
        execute(
                stack,
                "insert into hook_endpoint (name, url, secret) select 'dead', 'http://127.0.0.1:" + port
                        + "/', secret from hook_endpoint");
        execute(
                stack,
                "insert into hook_delivery (endpoint_id, event_id, event_at, page, place, size, next_attempt_at)"
                        + " select p.id, e.id, h.raised_at, h.id, e.place, e.size, now()"
                        + " from hook_endpoint p cross join hook_page h"
                        + " cross join unnest(h.event_ids, h.sizes) with ordinality as e (id, size, place)"
                        + " where p.name = 'dead' order by h.raised_at, h.id, e.place limit " + WAITING
                        + " on conflict do nothing");
    }

    private static void end(Stack stack) {
        execute(
                stack,
                "delete from hook_delivery d using hook_endpoint p where p.name = 'dead' and d.endpoint_id = p.id");
        execute(stack, "delete from hook_endpoint where name = 'dead'");
        execute(stack, "vacuum hook_delivery");
    }

    private static double millisAClaim(Stack stack) {
        Pause.millis(1_000); // the sessions' counts reach the statistics a moment later
        return stack.number("select coalesce((1e6 * sum(total_exec_time) / nullif(sum(calls), 0))::bigint, 0)"
                        + " from pg_stat_statements where query like 'with room as materialized%'"
                        + " and dbid = (select oid from pg_database where datname = current_database())")
                / 1e6;
    }

    private static Outcome post(Run run, Stack stack, String what) {
        double seconds = run.secondsOr(USUALLY);
        var cpu = stack.cpu();
        long first = run.load().first((long) Math.ceil(A_SECOND * seconds));
        var outcome = run.load()
                .post(Order.open(stack.port(), CONNECTIONS, A_SECOND, seconds, first, Shape.SINGLE)
                        .waitingForHooks());
        run.say("neighbour, %s: to the hook p50 %.1f p90 %.1f p99 %.1f max %.0f ms; %d of %d hooks missing; %s"
                .formatted(
                        what,
                        outcome.hook().p50(),
                        outcome.hook().p90(),
                        outcome.hook().p99(),
                        outcome.hook().max(),
                        outcome.missing(),
                        outcome.accepted(),
                        stack.cpu().since(cpu).over(seconds)));
        return outcome;
    }

    private static void execute(Stack stack, String sql) {
        try (var connection = stack.connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new StackFailure(sql + ": " + e.getMessage(), e);
        }
    }
}
