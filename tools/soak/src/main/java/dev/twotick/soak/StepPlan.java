package dev.twotick.soak;

import dev.twotick.soak.Armed.Victim;
import dev.twotick.soak.Step.Role;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;

/// Which steps a process that starts is armed with: the one that was struck least so far, and with it the rare ones.
final class StepPlan {
    private static final int OFTEN = 12;

    private final RandomGenerator random;
    private final boolean onceEach;
    private final Map<Step, Integer> struck = new EnumMap<>(Step.class);
    private final Map<Step, Integer> armedSoFar = new EnumMap<>(Step.class);
    /// Which process is armed to die over a suspect. Never two at once: three deaths over it alone are proof against a
    /// payload, and this one is sound.
    private final Map<Step, String> suspects = new EnumMap<>(Step.class);
    private final AtomicBoolean calm = new AtomicBoolean();

    /// @param onceEach until each was struck once, and then no more
    StepPlan(RandomGenerator random, boolean onceEach) {
        this.random = random;
        this.onceEach = onceEach;
        calm.set(onceEach); // the short form begins with a rolling restart
    }

    /// From now on nothing is armed, until [#goOn].
    void calm() {
        calm.set(true);
    }

    void goOn() {
        calm.set(false);
    }

    /// @param process that starts
    synchronized List<Armed> next(Role role, String process) {
        suspects.values().removeIf(process::equals);
        if (calm.get() || (!onceEach && random.nextInt(4) == 0)) {
            return List.of();
        }
        var steps = new ArrayList<Armed>();
        Step least = null;
        for (var step : Step.values()) {
            int times = struck.getOrDefault(step, 0);
            if (step.role() != role || (onceEach && times > 0)) {
                continue;
            }
            if (step.isRare()) {
                if ((times == 0 || random.nextInt(3) == 0) && mayKillASuspect(step, process)) {
                    steps.add(arm(step, times));
                }
            } else if (least == null || armings(step) < armings(least)) {
                least = step;
            }
        }
        if (least != null) {
            armedSoFar.merge(least, 1, Integer::sum);
            steps.add(arm(least, struck.getOrDefault(least, 0)));
        }
        return steps;
    }

    private boolean mayKillASuspect(Step step, String process) {
        return !step.isOfASuspect() || suspects.putIfAbsent(step, process) == null;
    }

    private int armings(Step step) {
        return armedSoFar.getOrDefault(step, 0);
    }

    /// A step's first strike is for the process itself and comes soon.
    private Armed arm(Step step, int times) {
        int nth = step.isRare() ? 1 : 1 + random.nextInt(times == 0 ? 3 : OFTEN);
        var victim = times == 0 || random.nextInt(5) > 0
                ? Victim.SELF
                : random.nextBoolean() ? Victim.POSTGRES : Victim.REDIS;
        return new Armed(step, nth, victim);
    }

    synchronized void struck(Step step) {
        struck.merge(step, 1, Integer::sum);
    }

    synchronized boolean hasLeft(Role role) {
        return left().stream().anyMatch(step -> step.role() == role);
    }

    /// Steps at which nothing has been killed yet.
    synchronized Set<Step> left() {
        var left = EnumSet.allOf(Step.class);
        left.removeAll(struck.keySet());
        return left;
    }
}
