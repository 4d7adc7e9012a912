package dev.twotick.worker.media;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// A folder, which all workers with the role share. What comes is written in its folder `.incoming`, synced to disk,
/// and moved.
final class FolderStore implements MediaStore {
    private static final String MARK = ".twotick-store-";

    private static final String BEGIN = "insert into media_store (base, id) values ({0}, {1}) on conflict do nothing";

    private final Path folder;
    private final Parts incoming;
    /// Before [#begin] nobody's.
    private volatile UUID id = new UUID(0, 0);

    /// @throws IOException when it is not there
    FolderStore(Path folder) throws IOException {
        this.folder = folder;
        if (!Files.isDirectory(folder)) {
            throw new IOException(StoreSettings.STORE + " is not a folder that is there: " + folder);
        }
        incoming = new Parts(folder.resolve(".incoming"));
    }

    /// The first worker of all marks the folder as the store's. A mark is in the folder before it is in the database:
    /// of several that begin at once one's is taken, and is there for all that share the folder.
    @Override
    public void begin(DSLContext db) throws IOException {
        Optional<UUID> known = known(db);
        if (known.isEmpty()) {
            UUID mine = UUID.randomUUID();
            Files.createFile(mark(mine));
            sync(folder);
            db.execute(BEGIN, DSL.val(base()), DSL.val(mine));
            known = known(db);
            if (!known.equals(Optional.of(mine))) {
                Files.delete(mark(mine));
            }
        }
        id = known.orElseThrow(() -> new IOException("somebody has just begun it anew: start again"));
        check();
        Files.delete(incoming.next());
    }

    private Optional<UUID> known(DSLContext db) {
        return db.fetchOptional("select id from media_store where base = {0}", DSL.val(base()))
                .map(row -> row.get(0, UUID.class));
    }

    private Path mark(UUID store) {
        return folder.resolve(MARK + store);
    }

    /// An unmounted disk must not be filled beside, and what is not there is not deleted.
    private void check() throws IOException {
        if (!Files.exists(mark(id))) {
            throw new IOException(folder + " has no file " + MARK + id + ", so it is not the folder in which media are"
                    + " kept: mount that one for every worker, or see \"Another folder\" in docs/media.md");
        }
    }

    @Override
    public String base() {
        String uri = folder.toUri().toString();
        return uri.endsWith("/") ? uri : uri + "/";
    }

    @Override
    public Path temporary() throws IOException {
        check();
        return incoming.next();
    }

    @Override
    public void put(Path file, String name, String mimeType) throws IOException {
        check();
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
        check(); // after it: whether it was this folder that did not have it
    }

    @Override
    public void sweep() throws IOException {
        check();
        incoming.sweep();
    }

    @Override
    public void close() {}
}
