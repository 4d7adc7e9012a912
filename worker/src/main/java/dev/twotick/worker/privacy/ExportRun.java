package dev.twotick.worker.privacy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;

/// `worker --export`: one JSON document of everything that is held about a person; of several, a list of such
/// documents.
public record ExportRun(DatabaseSettings settings) {

    /// @param asList also of one
    /// @param file   which only its owner may read, and which is there when it is whole; else standard output
    public int run(
            List<String> identities,
            boolean asList,
            Optional<String> account,
            Optional<Long> business,
            Optional<Path> file)
            throws IOException {
        if (file.isEmpty()) {
            write(identities, asList, account, business, new PrintWriter(System.out, false, UTF_8));
            return 0;
        }
        Path whole = file.get().toAbsolutePath();
        Path part = Files.createTempFile(whole.getParent(), ".export", ".part"); // mode 0600 where there are modes
        try {
            try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(part))) {
                write(identities, asList, account, business, out);
            }
            Files.move(part, whole, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
        return 0;
    }

    private void write(
            List<String> identities,
            boolean asList,
            Optional<String> account,
            Optional<Long> business,
            PrintWriter out) {
        try (HikariDataSource pool = Database.pool(settings, "twotick-export", 2, Duration.ofMinutes(60))) {
            DSLContext database = Database.jooq(pool);
            DataExport export = new DataExport(database);
            String separator = asList ? "[" : "";
            for (String identity : identities) {
                out.write(separator);
                export.write(DataSubject.find(database, identity, account, business), out);
                separator = ",";
            }
            out.write(asList ? "]\n" : "");
            if (out.checkError()) {
                throw new IllegalStateException("the document could not be written to its end");
            }
        }
    }
}
