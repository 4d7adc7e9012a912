package dev.twotick.bench;

import dev.twotick.bench.load.Order;
import dev.twotick.bench.load.Outcome;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// What every scenario is given, and where it puts its lines.
///
/// @param mine    the build that is measured
/// @param against the one that it is held against
/// @param seconds of one measurement; 0: what the scenario thinks right
/// @param turns   of each that is compared
/// @param payloads that are drained at one time
/// @param messages of a database that is looked at
/// @param messagePayloads that brought them
/// @param rate    events a second, while it is looked at
/// @param filled  where the database that is looked at is kept; nothing: it goes with the run
/// @param sockets  that listen at a console
/// @param say     for the one who waits
record Run(
        Servers servers,
        LoadProcess load,
        Build mine,
        Optional<Build> against,
        double seconds,
        int turns,
        int payloads,
        long messages,
        long messagePayloads,
        double rate,
        Optional<Path> filled,
        int sockets,
        Consumer<String> say,
        List<Line> lines) {
    private static final int CONNECTIONS = 64;
    private static final int TRIES = 500;

    /// As many events as are drained at one time, in payloads of that shape.
    Fill filledWith(Order.Shape shape) {
        return new Fill(Math.max(1, payloads / shape.updates()), 1, shape);
    }

    /// The build that is measured first.
    List<Build> builds() {
        return Stream.concat(Stream.of(mine), against.stream()).toList();
    }

    double secondsOr(double usual) {
        return seconds > 0 ? seconds : usual;
    }

    void say(String line) {
        say.accept(line);
    }

    void add(Line line) {
        lines.add(line);
        say("  " + Table.row(line));
    }

    /// Stacks of each build, ingest running.
    List<Stack> stacks() {
        var stacks = new ArrayList<Stack>();
        for (var build : builds()) {
            stacks.add(new Stack(servers, build).startIngest());
        }
        return stacks;
    }

    /// Posts it until each payload is answered, and waits until all are in the stream.
    Outcome fill(Stack stack, Fill fill) {
        long first = load.first(fill.events());
        var order = Order.all(stack.port(), CONNECTIONS, fill.payloads(), first, fill.shape());
        var outcome = load.post(order.eachTimes(fill.times()));
        for (int tries = 0; stack.streamLength() < fill.entries() && tries < TRIES; tries++) {
            Pause.millis(10);
        }
        return outcome;
    }
}
