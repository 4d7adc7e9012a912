package dev.twotick.bench;

import java.util.List;
import java.util.Locale;

/// The table, for a terminal or a document.
final class Table {
    private static final String HEAD = """
            | scenario | what | measured | reference | ratio | asked | reached |
            | --- | --- | ---: | ---: | ---: | ---: | --- |
            """;

    private Table() {}

    static String of(List<Line> lines) {
        var text = new StringBuilder(HEAD);
        lines.forEach(line -> text.append(row(line)).append('\n'));
        return text.toString();
    }

    static String row(Line line) {
        var reference = line.reference();
        return "| " + line.scenario() + " | " + line.what() + (line.note().isEmpty() ? "" : " (" + line.note() + ")")
                + " | " + figure(line.figure()) + " | "
                + (reference == null ? "–" : reference.name() + ": " + figure(reference)) + " | "
                + (reference == null ? "–" : number(line.ratio())) + " | " + asked(line.asked()) + " | "
                + reached(line) + " |";
    }

    static String figure(Line.Figure figure) {
        return (number(figure.value()) + " " + figure.unit()).strip();
    }

    /// Three digits, or the whole part where it has more.
    static String number(double value) {
        double size = Math.abs(value);
        int decimals = size >= 100 ? 0 : size >= 10 ? 1 : 2;
        return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    static String asked(Line.Asked asked) {
        return switch (asked) {
            case Line.AtLeast least -> "≥ " + number(least.value());
            case Line.AtMost most -> "≤ " + number(most.value());
            case Line.AtMostMore more -> "≤ + " + number(more.value());
            case Line.Nothing _ -> "–";
        };
    }

    private static String reached(Line line) {
        var reached = line.reached();
        return reached == null ? "–" : reached ? "yes" : "**no**";
    }
}
