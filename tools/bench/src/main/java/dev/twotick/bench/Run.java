package dev.twotick.bench;

import dev.twotick.bench.load.Order.Shape;
import dev.twotick.bench.load.Outcome;
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
/// @param say     for the one who waits
record Run(
        Servers servers,
        LoadProcess load,
        Build mine,
        Optional<Build> against,
        double seconds,
        int turns,
        int payloads,
        Consumer<String> say,
        List<Line> lines) {

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

    /// Posts so many payloads until each is answered, and waits until they are in the stream.
    Outcome fill(Stack stack, int payloads, Shape shape) {
        long first = load.first((long) payloads * shape.updates());
        var outcome = load.post(dev.twotick.bench.load.Order.all(stack.port(), 64, payloads, first, shape));
        for (int tries = 0; stack.streamLength() < payloads && tries < 500; tries++) {
            Pause.millis(10);
        }
        return outcome;
    }
}
