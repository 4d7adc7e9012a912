package dev.twotick.worker.media;

import java.io.IOException;
import java.nio.file.Path;
import org.jooq.DSLContext;

/// Keeps files under names that are a day and hashes, with slashes. A name shows nothing or the whole file; the same
/// put there twice is harmless.
interface MediaStore extends AutoCloseable {

    /// Where a name begins: a URI with a slash at its end.
    String base();

    /// Before anything else but [#base].
    ///
    /// @throws IOException when it cannot be used, or is another one than was used before
    void begin(DSLContext db) throws IOException;

    /// A new, empty file of this machine, which [#put] takes. Whoever asked for it deletes what is left.
    Path temporary() throws IOException;

    /// @throws IOException when the store does not take it; nothing is there then, or what was there before
    void put(Path file, String name, String mimeType) throws IOException;

    /// One that is not there is deleted.
    void delete(String name) throws IOException;

    /// Takes away what killed workers left half written.
    void sweep() throws IOException;

    @Override
    void close();
}
