package dev.twotick.endtoend;

import dev.twotick.stores.Folders;
import dev.twotick.stores.LocalPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A copy of a stopped server's files: the same system identifier and timeline as the server that goes on, which makes
/// it the hardest kind of restore to notice.
///
/// @param data where the server keeps its files
record Backup(LocalPostgres postgres, Path data, Path copy) {

    /// Stops the server for it, as briefly as can be.
    static Backup take(LocalPostgres postgres, Path home) {
        Backup backup = new Backup(postgres, home.resolve("data"), home.resolveSibling("backup-" + System.nanoTime()));
        postgres.stop();
        Folders.copy(backup.data, backup.copy);
        postgres.startAgain();
        return backup;
    }

    /// What has happened since is gone.
    void restore() {
        postgres.stop();
        try {
            Files.move(data, data.resolveSibling("lost-" + System.nanoTime()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Folders.copy(copy, data);
        postgres.startAgain();
    }
}
