package dev.twotick.bench;

import java.util.List;

/// The lines of which something was asked, as bars: how much of it was reached. The mark is all of it.
final class Picture {
    private static final int ROW = 22;
    private static final int TEXT = 520;
    private static final int WHOLE = 200;
    private static final double MOST = 1.6;

    private Picture() {}

    /// SVG.
    static String of(List<Line> lines) {
        var judged = lines.stream().filter(line -> line.reached() != null).toList();
        int height = (judged.size() + 1) * ROW;
        var svg = new StringBuilder("<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d'"
                        .formatted(TEXT + (int) (WHOLE * MOST) + 180, height)
                + " font-family='sans-serif' font-size='12'>\n<rect width='100%' height='100%' fill='white'/>\n");
        for (int i = 0; i < judged.size(); i++) {
            bar(svg, judged.get(i), i * ROW + ROW / 2);
        }
        return svg.append("<line x1='%1$d' x2='%1$d' y1='0' y2='%2$d' stroke='black'/>\n</svg>\n"
                        .formatted(TEXT + WHOLE, height))
                .toString();
    }

    private static void bar(StringBuilder svg, Line line, int y) {
        double part = Math.min(MOST, part(line));
        svg.append("<text x='%d' y='%d' text-anchor='end'>%s</text>\n"
                .formatted(TEXT - 8, y + 12, escaped(line.scenario() + ": " + line.what())));
        svg.append("<rect x='%d' y='%d' width='%d' height='16' fill='%s'/>\n"
                .formatted(TEXT, y, (int) (WHOLE * part), Boolean.TRUE.equals(line.reached()) ? "#4a9d6f" : "#c96a4a"));
        svg.append("<text x='%d' y='%d'>%s (%s)</text>\n"
                .formatted(
                        TEXT + (int) (WHOLE * part) + 6,
                        y + 12,
                        escaped(line.reference() == null ? Table.figure(line.figure()) : Table.number(line.ratio())),
                        escaped(Table.asked(line.asked()))));
    }

    /// 1: just what was asked.
    private static double part(Line line) {
        var reference = line.reference();
        double judged = reference == null ? line.figure().value() : line.ratio();
        return switch (line.asked()) {
            case Line.AtLeast least -> judged / least.value();
            case Line.AtMost most -> most.value() / judged;
            case Line.AtMostMore more ->
                reference == null
                        ? 0
                        : (reference.value() + more.value()) / line.figure().value();
            case Line.Nothing _ -> 0;
        };
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
