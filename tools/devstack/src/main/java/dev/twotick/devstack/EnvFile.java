package dev.twotick.devstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;

/// Files of `KEY='value'` lines, which a shell can source as well.
final class EnvFile {
    private EnvFile() {}

    /// What the file says; empty if there is none. Understands `KEY=value`, quotes of both kinds, `export` and
    /// comments.
    static Map<String, String> read(Path file) {
        var values = new LinkedHashMap<String, String>();
        if (!Files.exists(file)) {
            return values;
        }
        try {
            for (var line : Files.readAllLines(file)) {
                var text = line.strip().replaceFirst("^export\\s+", "");
                int equals = text.indexOf('=');
                if (equals > 0 && !text.startsWith("#")) {
                    values.put(
                            text.substring(0, equals).strip(),
                            unquoted(text.substring(equals + 1).strip()));
                }
            }
            return values;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /// Replaces the file whole, by rename, readable by its owner only.
    static void write(Path file, Map<String, String> values) {
        var text = new StringBuilder();
        values.forEach((key, value) -> text.append(key)
                .append("='")
                .append(value.replace("'", "'\\''"))
                .append("'\n"));
        var fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(fresh);
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(fresh, text);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    private static String unquoted(String value) {
        if (value.length() > 1 && value.startsWith("'") && value.endsWith("'")) {
            return value.substring(1, value.length() - 1).replace("'\\''", "'");
        }
        if (value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")) {
            return value.substring(1, value.length() - 1);
        }
        return value.replaceFirst("\\s+#.*$", "");
    }
}
