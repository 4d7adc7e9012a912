package dev.twotick.bench;

import java.util.List;

/// Of several turns: what one of them met by chance does not count.
final class Median {
    private Median() {}

    /// NaN of nothing.
    static double of(List<Double> values) {
        var sorted = values.stream().sorted().toList();
        int size = sorted.size();
        return size == 0
                ? Double.NaN
                : size % 2 == 1 ? sorted.get(size / 2) : (sorted.get(size / 2 - 1) + sorted.get(size / 2)) / 2;
    }
}
