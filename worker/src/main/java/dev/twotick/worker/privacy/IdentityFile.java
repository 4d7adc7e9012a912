package dev.twotick.worker.privacy;

import dev.twotick.worker.terminal.NumberedLines;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Whom `--forget` and `--export` are about: one person on the command line, or one a line from elsewhere, since a
/// command line is seen by others and kept in a history.
public final class IdentityFile {
    private static final String STDIN = "-";
    private static final String FILE = "file:";

    /// Whether the argument is not the person.
    public static boolean isNamedBy(String argument) {
        return argument.equals(STDIN) || argument.startsWith(FILE);
    }

    /// @param argument a person, `-` for standard input, or `file:` and a path
    /// @throws IllegalArgumentException when nobody is named, or a line cannot be read; with the line's number only
    public static List<String> read(String argument) throws IOException {
        if (!isNamedBy(argument)) {
            return List.of(argument);
        }
        List<String> identities = new ArrayList<>();
        try (InputStream in = argument.equals(STDIN)
                        ? System.in
                        : Files.newInputStream(Path.of(argument.substring(FILE.length())));
                NumberedLines lines = new NumberedLines(in)) {
            for (NumberedLines.Line line = lines.next(); line != null; line = lines.next()) {
                if (line.text() == null) {
                    throw new IllegalArgumentException("line " + line.number() + ": " + line.problem());
                }
                if (!line.text().isBlank()) {
                    identities.add(line.text().strip());
                }
            }
        }
        if (identities.isEmpty()) {
            throw new IllegalArgumentException("nobody is named there: one number or id a line");
        }
        return identities;
    }

    private IdentityFile() {}
}
