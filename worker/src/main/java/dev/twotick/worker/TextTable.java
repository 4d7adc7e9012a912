package dev.twotick.worker;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Rows as lines, each column as wide as its widest cell.
final class TextTable {
    static List<String> of(Stream<List<String>> lines) {
        List<List<String>> rows = lines.toList();
        int[] widths = IntStream.range(0, rows.getFirst().size())
                .map(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .toArray();
        return rows.stream()
                .map(row -> {
                    StringBuilder line = new StringBuilder();
                    for (int i = 0; i < widths.length; i++) {
                        line.append(row.get(i))
                                .repeat(' ', widths[i] - row.get(i).length() + 2);
                    }
                    return line.toString().stripTrailing();
                })
                .toList();
    }

    private TextTable() {}
}
