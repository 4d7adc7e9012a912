package dev.twotick.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A PgBouncer in transaction mode before a test's PostgreSQL, where one is installed (Debian: `apt install
/// pgbouncer`).
public final class PgBouncer implements AutoCloseable {
    private final Path home;
    private final int port;
    private final String database;
    private final Process process;

    private PgBouncer(Path home, int port, String database, Process process) {
        this.home = home;
        this.port = port;
        this.database = database;
        this.process = process;
    }

    public static boolean isHere() {
        return Installed.program("pgbouncer").isPresent();
    }

    /// @param settings lines of its `[pgbouncer]` section, beside what it needs to run at all
    public static PgBouncer before(Stores stores, String... settings) {
        URI jdbc = URI.create(stores.jdbcUrl().substring("jdbc:".length()));
        int port = FreePort.any();
        try {
            Path home = Files.createTempDirectory("twotick-pgbouncer");
            Files.writeString(home.resolve("users"), "\"" + stores.user() + "\" \"" + stores.password() + "\"\n");
            Files.writeString(home.resolve("ini"), """
                    [databases]
                    * = host=%s port=%d
                    [pgbouncer]
                    listen_addr = 127.0.0.1
                    listen_port = %d
                    unix_socket_dir =
                    auth_type = scram-sha-256
                    auth_file = %s
                    pool_mode = transaction
                    %s
                    """.formatted(
                            jdbc.getHost().equals("localhost") ? "127.0.0.1" : jdbc.getHost(),
                            jdbc.getPort(),
                            port,
                            home.resolve("users"),
                            String.join("\n", settings)));
            Unprivileged.here().own(home);
            Unprivileged.here().letPass(home);
            Process process = new ProcessBuilder(Unprivileged.here()
                            .command(List.of(
                                    Installed.program("pgbouncer").orElseThrow().toString(),
                                    "--quiet",
                                    home.resolve("ini").toString())))
                    .redirectErrorStream(true)
                    .redirectOutput(home.resolve("log").toFile())
                    .start();
            PgBouncer pgBouncer = new PgBouncer(home, port, jdbc.getPath().substring(1), process);
            Answers.awaitListening("PgBouncer", port);
            return pgBouncer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    @Override
    public void close() {
        LeftBehind.end(process.toHandle(), 5);
        Folders.delete(home);
    }
}
