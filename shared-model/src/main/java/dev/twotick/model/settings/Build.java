package dev.twotick.model.settings;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/// What the build knows of itself: the root `pom.xml` has the version, whoever builds says the commit.
public final class Build {
    private static final List<String> WRITTEN = written().lines().toList();

    /// Such as `1.2.3`, which stands in the root `pom.xml`.
    public static final String VERSION = WRITTEN.getFirst();
    /// Such as `f696d407abcd`, with `-dirty` where more was built than it holds; `unknown` without a repository.
    public static final String COMMIT = WRITTEN.size() > 1 ? WRITTEN.get(1) : "unknown";

    /// For people: both.
    public static String text() {
        return VERSION + " (" + COMMIT + ")";
    }

    private static String written() {
        try (InputStream written = Objects.requireNonNull(
                Build.class.getResourceAsStream("version.txt"), "version.txt is missing from the jar")) {
            return new String(written.readAllBytes(), UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Build() {}
}
