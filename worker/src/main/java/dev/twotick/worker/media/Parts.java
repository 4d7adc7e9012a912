package dev.twotick.worker.media;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.stream.Stream;

/// The folder in which files are written until they are whole.
final class Parts {
    /// Six times the lease: so long no fetch takes.
    private static final Duration LEFT_BEHIND = Duration.ofHours(1);

    private final Path folder;

    Parts(Path folder) {
        this.folder = folder;
    }

    /// A new, empty file, for this user alone.
    Path next() throws IOException {
        return Files.createTempFile(Files.createDirectories(folder), "", ".part");
    }

    /// Takes away what killed workers left. By the times of its own disk: this machine's clock may be another.
    void sweep() throws IOException {
        Path now = next();
        FileTime longAgo =
                FileTime.from(Files.getLastModifiedTime(now).toInstant().minus(LEFT_BEHIND));
        Files.delete(now);
        try (Stream<Path> left = Files.list(folder)) {
            for (Path file : left.toList()) {
                sweep(file, longAgo);
            }
        }
    }

    private static void sweep(Path file, FileTime longAgo) throws IOException {
        try {
            if (Files.getLastModifiedTime(file).compareTo(longAgo) < 0) {
                Files.delete(file);
            }
        } catch (NoSuchFileException e) {
            return; // its fetch has just ended, or another worker sweeps
        }
    }
}
