package dev.twotick.bench;

import java.util.List;

/// The lines of which something was asked, as bars: how much of it was reached. A bar that ends at the mark or beyond
/// it reached all.
final class Picture {
    private static final int ROW = 22;
    private static final int HEAD = 2 * ROW;
    private static final int LABELS = 640;
    private static final int WHOLE = 200;
    private static final double MOST = 1.6;
    private static final int FIGURES = 220;
    private static final String REACHED = "#4a9d6f";
    private static final String MISSED = "#c96a4a";

    private Picture() {}

    /// SVG.
    static String of(List<Line> lines) {
        var judged = lines.stream().filter(line -> line.reached() != null).toList();
        int height = HEAD + (judged.size() + 1) * ROW;
        var svg = new StringBuilder("<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d'"
                        .formatted(LABELS + (int) (WHOLE * MOST) + FIGURES, height)
                + " font-family='sans-serif' font-size='12'>\n<rect width='100%' height='100%' fill='white'/>\n");
        text(svg, 16, ROW, "start", "How much of what is asked was reached; longer is better");
        text(svg, LABELS + WHOLE, ROW, "middle", "asked");
        svg.append("<line x1='%1$d' x2='%1$d' y1='%2$d' y2='%3$d' stroke='gray' stroke-dasharray='4 3'/>\n"
                .formatted(LABELS + WHOLE, ROW + 6, height - ROW / 2));
        for (int i = 0; i < judged.size(); i++) {
            bar(svg, judged.get(i), HEAD + i * ROW);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void bar(StringBuilder svg, Line line, int y) {
        int length = (int) (WHOLE * Math.min(MOST, part(line)));
        text(svg, LABELS - 8, y + 12, "end", label(line));
        svg.append("<rect x='%d' y='%d' width='%d' height='16' fill='%s'/>\n"
                .formatted(LABELS, y, length, Boolean.TRUE.equals(line.reached()) ? REACHED : MISSED));
        int beside = Math.max(length, WHOLE); // not through the mark
        text(svg, LABELS + beside + 6, y + 12, "start", judged(line) + " (" + Table.asked(line.asked()) + ")");
    }

    private static String label(Line line) {
        var reference = line.reference();
        return line.scenario() + ": " + line.what() + (reference == null ? "" : ", against " + reference.name());
    }

    /// What is held against what was asked.
    private static String judged(Line line) {
        var reference = line.reference();
        if (reference == null) {
            return Table.figure(line.figure());
        }
        return line.asked() instanceof Line.AtMostMore
                ? "+ " + Table.number(line.figure().value() - reference.value()) + " " + reference.unit()
                : Table.number(line.ratio());
    }

    private static void text(StringBuilder svg, int x, int y, String anchor, String words) {
        svg.append("<text x='%d' y='%d' text-anchor='%s'>%s</text>\n"
                .formatted(x, y, anchor, words.replace("&", "&amp;").replace("<", "&lt;")));
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
}
