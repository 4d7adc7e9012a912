package dev.twotick.worker.console;

import dev.twotick.worker.campaigns.CampaignFill.Refused;
import dev.twotick.worker.terminal.NumberedLines;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// A body of one JSON object a line, of any length, in constant memory. What could be taken is in when it breaks
/// off, and the same lines again change nothing.
///
/// @see <a href="https://github.com/ndjson/ndjson-spec">NDJSON</a>
final class JsonLines {
    /// Lines in one transaction.
    private static final int BATCH = 1_000;

    /// And characters: a line is held several times over.
    private static final int BATCH_LENGTH = 1 << 20;

    /// Refused lines that are named; the others are only counted.
    private static final int NAMED = 100;

    /// What a line says.
    interface Parser<L> {
        /// @throws IllegalArgumentException with what is wrong, without any of the content
        L parse(long place, String text);
    }

    /// @param lines   that were read; blank ones too
    /// @param refused how many could not be taken; all others are in
    /// @param reasons the first of these
    record Taken(long lines, long refused, List<Refused> reasons) {}

    /// @param take takes some, and says which it could not
    static <L> Taken take(InputStream in, Parser<L> parser, Function<List<L>, List<Refused>> take) throws IOException {
        List<Refused> reasons = new ArrayList<>();
        List<L> batch = new ArrayList<>();
        int length = 0;
        long lines = 0;
        long refused = 0;
        try (NumberedLines body = new NumberedLines(in)) {
            for (NumberedLines.Line line = body.next(); line != null; line = body.next()) {
                lines = line.number();
                refused += add(line, parser, batch, reasons);
                length += line.text() == null ? 0 : line.text().length();
                if (!batch.isEmpty() && (batch.size() == BATCH || length >= BATCH_LENGTH)) {
                    refused += named(take.apply(List.copyOf(batch)), reasons);
                    batch.clear();
                    length = 0;
                }
            }
        }
        if (!batch.isEmpty()) {
            refused += named(take.apply(batch), reasons);
        }
        return new Taken(lines, refused, reasons);
    }

    private static <L> int add(NumberedLines.Line line, Parser<L> parser, List<L> batch, List<Refused> reasons) {
        String text = line.text();
        if (text == null) {
            return named(List.of(new Refused(line.number(), String.valueOf(line.problem()))), reasons);
        }
        try {
            if (!text.isBlank()) {
                batch.add(parser.parse(line.number(), text));
            }
            return 0;
        } catch (IllegalArgumentException e) {
            return named(List.of(new Refused(line.number(), String.valueOf(e.getMessage()))), reasons);
        }
    }

    private static int named(List<Refused> some, List<Refused> reasons) {
        some.stream().limit(NAMED - (long) reasons.size()).forEach(reasons::add);
        return some.size();
    }

    private JsonLines() {}
}
