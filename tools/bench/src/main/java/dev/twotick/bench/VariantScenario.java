package dev.twotick.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/// What something out of the ordinary costs the worker: two stacks of one build, one with it and one without, drained
/// in turns.
///
/// @param plain   what the stream is filled with where nothing is out of the ordinary
/// @param special what it is filled with otherwise
/// @param once    done to the special stack after the first drain
record VariantScenario(
        String name,
        String says,
        double asked,
        Function<Run, Fill> plain,
        Function<Run, Fill> special,
        BiConsumer<Run, Stack> once)
        implements Scenario {

    static final BiConsumer<Run, Stack> NOTHING = (_, _) -> {};

    @Override
    public void measure(Run run) {
        var specials = new ArrayList<Drain>();
        var plains = new ArrayList<Drain>();
        try (var with = new Stack(run.servers(), run.mine()).startIngest();
                var without = new Stack(run.servers(), run.mine()).startIngest()) {
            for (int turn = 0; turn <= run.turns(); turn++) {
                specials.add(DrainScenario.drain(run, name + ", with it", with, special.apply(run), turn));
                plains.add(DrainScenario.drain(run, name + ", without", without, plain.apply(run), turn));
                if (turn == 0) {
                    once.accept(run, with);
                }
            }
        }
        report(run, specials, plains);
    }

    private void report(Run run, List<Drain> specials, List<Drain> plains) {
        run.add(Line.of(name, says, DrainScenario.warm(specials), "/s")
                .against("without", DrainScenario.warm(plains))
                .atLeast(asked));
    }
}
