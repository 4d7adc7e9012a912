package dev.twotick.ingest;

import dev.twotick.model.settings.Build;
import java.io.PrintStream;
import java.util.List;

/// The command line, which sets nothing: settings come from the environment.
final class Arguments {
    private static final String HELP = """
            Usage: ingest [--help | --version]

            Receives WhatsApp's webhooks: checks the signature, commits the payload to PostgreSQL, answers 200.
            Serves until it is told to stop (SIGTERM); it starts, and serves, with either store away.

            Settings come from the environment; all bad ones are named at once. These must be set:
              TWOTICK_APP_SECRETS     name=secret of each Meta app, with commas between
              TWOTICK_VERIFY_TOKEN    what Meta must say in the handshake
              TWOTICK_DATABASE_URL    such as postgres://user:password@localhost:5432/twotick
              TWOTICK_REDIS_URL       such as redis://localhost:6379
            docs/configuration.md lists the others. `worker --migrate` makes the tables; ingest never does.

            GET /health says which store answers, GET /metrics is for Prometheus.
            """;

    /// Answers, and nothing else is to be done.
    ///
    /// @return the process's code
    static int answer(List<String> arguments, PrintStream out, PrintStream err) {
        switch (arguments.getFirst()) {
            case "--help", "-h" -> out.print(HELP);
            case "--version", "-V" -> out.println("twotick ingest " + Build.text());
            default -> {
                err.println("ingest knows --help and --version, not " + arguments.getFirst()
                        + ": settings come from the environment (TWOTICK_*)");
                return 2;
            }
        }
        return 0;
    }

    private Arguments() {}
}
