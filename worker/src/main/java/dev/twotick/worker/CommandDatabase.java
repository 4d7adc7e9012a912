package dev.twotick.worker;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import org.jooq.DSLContext;
import picocli.CommandLine.Model.CommandSpec;

/// A command's own way to the database, for one of its subcommands; what that says is on standard output, and nothing
/// else is.
final class CommandDatabase {
    /// @param <E> what it may throw
    interface Work<E extends Exception> {
        /// @return the command's exit code
        int in(DSLContext db, WorkerSettings settings, PrintWriter out) throws E;
    }

    static <E extends Exception> int with(CommandSpec command, Map<String, String> environment, Work<E> work) throws E {
        WorkerCommand.logToStandardError();
        WorkerSettings settings = WorkerSettings.read(environment);
        PrintWriter out = command.commandLine().getOut();
        try (HikariDataSource pool =
                Database.pool(settings.database(), "twotick-" + command.name(), 2, Duration.ofSeconds(60))) {
            int code = work.in(Database.jooq(pool), settings, out);
            out.flush();
            return code;
        }
    }

    /// What a subcommand says that is done when it returns.
    interface Said {
        void to(DSLContext db, WorkerSettings settings, PrintWriter out);
    }

    static int say(CommandSpec command, Map<String, String> environment, Said said) {
        return with(command, environment, (db, settings, out) -> {
            said.to(db, settings, out);
            return 0;
        });
    }

    private CommandDatabase() {}
}
