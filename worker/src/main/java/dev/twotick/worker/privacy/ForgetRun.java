package dev.twotick.worker.privacy;

import static dev.twotick.db.schema.Tables.MEDIA_REMOVAL;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.worker.terminal.RunProgress;
import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;

/// `worker --forget`: asks, and erases people, all of them in one pass over the log. Interrupted, it is run again and
/// finishes.
public record ForgetRun(DatabaseSettings settings, Optional<ErasureKey> erasureKey, PrintWriter out) {

    /// @param yes do not ask
    /// @return 0 when it is done, 1 when it was not wanted
    public int run(List<String> identities, Optional<String> account, Optional<Long> business, boolean yes) {
        ErasureKey key = erasureKey.orElseThrow(
                () -> new IllegalArgumentException("--forget needs TWOTICK_ENCRYPTION_KEY, the same one that"
                        + " the workers have: who was erased is kept as a hash under it. Make one with: openssl"
                        + " rand -base64 32, set it for all workers, and restart them."));
        try (HikariDataSource pool = Database.pool(settings, "twotick-forget", 2, Duration.ofMinutes(60))) {
            DSLContext database = Database.jooq(pool);
            DataSubject person = DataSubject.find(database, identities, account, business);
            if (!yes && !agreed(identities.size(), person, database)) {
                out.println("Nothing was erased.");
                out.flush();
                return 1;
            }
            Erasure.Erased erased;
            try (RunProgress bar = new RunProgress("forget", " steps", -1)) {
                erased = new Erasure(database, key)
                        .run(person, (step, done, total) -> bar.at(done, "of " + total + ": " + step));
            }
            out.printf(
                    "Erased: %d messages, %d hook events, %d notices; items taken out of %d logged payloads.%n",
                    erased.messages(), erased.events(), erased.notices(), erased.payloads());
            out.println("Facts from before now that come again about them change nothing.");
            int files = database.fetchCount(MEDIA_REMOVAL);
            if (files > 0) {
                out.printf("Files of media that a worker with the role media still has to delete: %d.%n", files);
            }
            out.flush();
            return 0;
        }
    }

    @SuppressWarnings("SystemConsoleNull") // null is still possible when jdk.console says so
    private boolean agreed(int asked, DataSubject person, DSLContext database) {
        out.printf(
                "%d asked for: %d contacts with %d ids, %d messages. This cannot be undone.%n",
                asked, person.contacts().size(), person.ids().size(), person.messages(database));
        out.flush();
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            out.println("Nobody is there to ask: add --yes.");
            return false;
        }
        String answer = console.readLine("Erase all of it? Type yes: ");
        return answer != null && answer.strip().equals("yes");
    }
}
