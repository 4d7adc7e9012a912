package dev.twotick.worker.media;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.stream.Stream;

/// A folder, which workers may share. What comes is written in its folder `.incoming`, synced to disk, and moved.
final class FolderStore implements MediaStore {
    /// So long no fetch takes.
    private static final Duration LEFT_BEHIND = Duration.ofDays(1);

    private final Path folder;
    private final Path incoming;

    /// @throws IOException when it is not there, or cannot be written to: an unmounted disk must not be filled beside
    FolderStore(Path folder) throws IOException {
        this.folder = folder;
        if (!Files.isDirectory(folder)) {
            throw new IOException(StoreSettings.STORE + " is not a folder that is there: " + folder);
        }
        incoming = Files.createDirectories(folder.resolve(".incoming"));
        sweep();
    }

    /// Takes away what killed workers left. By the times of its own disk: this machine's clock may be another.
    private void sweep() throws IOException {
        Path now = temporary();
        FileTime longAgo =
                FileTime.from(Files.getLastModifiedTime(now).toInstant().minus(LEFT_BEHIND));
        Files.delete(now);
        try (Stream<Path> left = Files.list(incoming)) {
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

    @Override
    public String base() {
        String uri = folder.toUri().toString();
        return uri.endsWith("/") ? uri : uri + "/";
    }

    @Override
    public Path temporary() throws IOException {
        return Files.createTempFile(incoming, "", ".part"); // readable by this user alone
    }

    @Override
    public void put(Path file, String name, String mimeType) throws IOException {
        try (FileChannel written = FileChannel.open(file, StandardOpenOption.WRITE)) {
            written.force(true);
        }
        Path place = folder.resolve(name);
        Path day = place.getParent();
        Files.createDirectories(day);
        try {
            Files.move(file, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException(".incoming is on another disk than the rest of " + folder, e);
        }
        for (Path made = day; made != null && made.startsWith(folder); made = made.getParent()) {
            sync(made);
        }
    }

    /// That there is a file, or a folder, is itself kept in its folder.
    private static void sync(Path folder) throws IOException {
        try (FileChannel entries = FileChannel.open(folder, StandardOpenOption.READ)) {
            entries.force(true);
        }
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(folder.resolve(name));
    }

    @Override
    public void close() {}
}
