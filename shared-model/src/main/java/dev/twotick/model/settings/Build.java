package dev.twotick.model.settings;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/// What the build knows of itself; the root `pom.xml` says it once.
public final class Build {

    /// Such as `1.2.3`.
    public static String version() {
        try (InputStream written = Objects.requireNonNull(
                Build.class.getResourceAsStream("version.txt"), "version.txt is missing from the jar")) {
            return new String(written.readAllBytes(), UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Build() {}
}
