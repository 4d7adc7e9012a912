package dev.twotick.soak;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What the soak has done and seen; thread-safe.
final class Figures {
    private final Map<String, Integer> kills = new TreeMap<>();
    private final Map<String, Integer> steps = new TreeMap<>();
    private final Map<String, List<Duration>> heals = new TreeMap<>();
    private final Map<String, List<Integer>> lostWithSite = new TreeMap<>();
    private final List<String> wrong = new ArrayList<>();
    private int stops;

    /// A SIGKILL at a random moment.
    synchronized void killed(String victim) {
        kills.merge(victim, 1, Integer::sum);
    }

    /// A SIGKILL at a step.
    synchronized void struck(Step step, String victim) {
        steps.merge(step.title(), 1, Integer::sum);
        kills.merge(victim + ", at a step", 1, Integer::sum);
    }

    /// A SIGTERM.
    synchronized void stopped() {
        stops++;
    }

    /// @param took from the store's return until a payload posted after it was applied and its hook had been called
    synchronized void healed(String kind, Duration took) {
        heals.computeIfAbsent(kind, _ -> new ArrayList<>()).add(took);
    }

    /// @param lost payloads that were answered 200
    synchronized void lostWithSite(String kind, int lost) {
        lostWithSite.computeIfAbsent(kind, _ -> new ArrayList<>()).add(lost);
    }

    synchronized Map<String, List<Integer>> lostWithSite() {
        return new TreeMap<>(lostWithSite);
    }

    /// Something that must not be, whatever the books say.
    synchronized void wrong(String what) {
        wrong.add(what);
    }

    synchronized List<String> wrongs() {
        return List.copyOf(wrong);
    }

    synchronized int stops() {
        return stops;
    }

    synchronized Map<String, Integer> kills() {
        return new TreeMap<>(kills);
    }

    synchronized Map<String, Integer> steps() {
        return new TreeMap<>(steps);
    }

    synchronized Map<String, List<Duration>> heals() {
        return new TreeMap<>(heals);
    }

    synchronized int killsInAll() {
        return kills.values().stream().mapToInt(Integer::intValue).sum();
    }
}
