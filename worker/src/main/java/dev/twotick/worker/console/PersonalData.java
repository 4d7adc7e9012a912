package dev.twotick.worker.console;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.worker.privacy.DataExport;
import dev.twotick.worker.privacy.DataSubject;
import dev.twotick.worker.privacy.Erasure;
import dev.twotick.worker.privacy.ErasureKey;
import java.io.Writer;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import org.jooq.DSLContext;

/// What is held about somebody, written out or erased, by the same code as `worker --export` and `worker --forget`.
/// It goes through the whole log, so it has connections of its own, for as long as that takes.
///
/// @param erasureKey empty: nobody can be erased here
public record PersonalData(DatabaseSettings settings, Optional<ErasureKey> erasureKey) {
    private static final int CONNECTIONS = 2;
    private static final Duration LONGEST_STATEMENT = Duration.ofMinutes(60);

    /// @param ids all that a contact of that business has
    void export(Collection<String> ids, long business, Writer out) {
        try (HikariDataSource pool = pool("twotick-export")) {
            DSLContext db = Database.jooq(pool);
            new DataExport(db).write(subject(db, ids, business), out);
        }
    }

    /// Interrupted, it is asked for again, and finishes.
    Erasure.Erased forget(Collection<String> ids, long business, Erasure.Progress progress) {
        try (HikariDataSource pool = pool("twotick-forget")) {
            DSLContext db = Database.jooq(pool);
            return new Erasure(db, erasureKey.orElseThrow()).run(subject(db, ids, business), progress);
        }
    }

    private static DataSubject subject(DSLContext db, Collection<String> ids, long business) {
        return DataSubject.find(db, ids, Optional.empty(), Optional.of(business));
    }

    private HikariDataSource pool(String name) {
        return Database.pool(settings, name, CONNECTIONS, LONGEST_STATEMENT);
    }
}
