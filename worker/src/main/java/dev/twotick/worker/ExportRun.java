package dev.twotick.worker;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.worker.apply.DataExport;
import dev.twotick.worker.apply.DataSubject;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import org.jooq.DSLContext;

/// `worker --export`: one JSON document of everything that is held about a person.
record ExportRun(WorkerSettings settings, PrintWriter out) {

    int run(String identity, Optional<String> account, Optional<Long> business) {
        try (HikariDataSource pool = Database.pool(settings.database(), "twotick-export", 2, Duration.ofMinutes(60))) {
            DSLContext database = Database.jooq(pool);
            new DataExport(database).write(DataSubject.find(database, identity, account, business), out);
            if (out.checkError()) {
                throw new IllegalStateException("the document could not be written to its end");
            }
            return 0;
        }
    }
}
