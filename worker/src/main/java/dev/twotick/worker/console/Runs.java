package dev.twotick.worker.console;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/// What was begun here and goes on by itself, the latest hundred: they live as long as this process.
final class Runs<R extends Runs.Run> {
    private static final int REMEMBERED = 100;

    private final Map<UUID, R> runs = new LinkedHashMap<>();

    interface Run {
        UUID id();

        boolean isOver();
    }

    /// In place of the oldest that are over.
    synchronized void add(R run) {
        runs.put(run.id(), run);
        runs.values().stream()
                .filter(Run::isOver)
                .limit(Math.max(0, runs.size() - REMEMBERED))
                .toList()
                .forEach(old -> runs.remove(old.id()));
    }

    synchronized long going() {
        return runs.values().stream().filter(run -> !run.isOver()).count();
    }

    synchronized Optional<R> find(String id) {
        return runs.values().stream()
                .filter(run -> run.id().toString().equals(id))
                .findFirst();
    }

    synchronized void forEach(Consumer<R> each) {
        runs.values().forEach(each);
    }
}
