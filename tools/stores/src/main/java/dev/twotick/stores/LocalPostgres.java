package dev.twotick.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A PostgreSQL server of our own on 127.0.0.1, whose data stay: fsync and synchronous_commit are on, as in
/// production. It runs in a session of its own, so a Ctrl-C in the terminal reaches us and not the server, and whoever
/// started it can end its work in order. It outlives a SIGKILL of whoever started it; the next start on the same folder
/// stops it first.
///
/// Not for several threads at once.
public final class LocalPostgres implements AutoCloseable {
    public static final String USER = "twotick";
    public static final String DATABASE = "twotick";

    private static final Logger log = LoggerFactory.getLogger(LocalPostgres.class);

    private final Path home;
    private final Path data;
    private final Path serverLog;
    private final String password;
    private final Path programs;
    private final Unprivileged way = Unprivileged.here();
    private int port;

    private LocalPostgres(Path home, String password) {
        this.home = home;
        this.data = home.resolve("data");
        this.serverLog = home.resolve("postgres.log");
        this.password = password;
        this.programs = Binaries.postgres().resolve("bin");
    }

    /// Starts the server on the data in `home`, made there at the first start.
    ///
    /// @param home a folder for this server alone; mode 0700 if made here
    /// @param port 0: the port of the last start if it is free, else any
    /// @param password of the user `twotick`; a changed one is set
    /// @throws IllegalStateException with the end of the server's log, if it does not start
    public static LocalPostgres start(Path home, int port, String password) {
        var server = new LocalPostgres(home.toAbsolutePath().normalize(), password);
        server.begin(port);
        return server;
    }

    private void begin(int wanted) {
        Folders.makePrivate(home);
        way.letPass(Objects.requireNonNull(home.getParent(), "a server's home is no root folder"));
        if (!Files.exists(data.resolve("PG_VERSION"))) {
            make();
        }
        refuseOtherVersion();
        stopLeftBehind();
        port = FreePort.choose(wanted, home.resolve("port"));
        startAgain();
        FreePort.note(port, home.resolve("port"));
    }

    /// Ends what runs on the data in `home`, if anything does.
    static void endLeftBehind(Path home) {
        new LocalPostgres(home, "").kill();
    }

    /// Starts the server again on the same port, after [#stop] or [#kill].
    public void startAgain() {
        stopLeftBehind();
        PostgresFiles.configure(data, port);
        way.own(home);
        way.own(data);
        launch();
        try {
            ensureDatabase();
        } catch (SQLException e) {
            if (!"28P01".equals(e.getSQLState())) {
                throw new IllegalStateException("PostgreSQL started, but does not answer: " + e.getMessage(), e);
            }
            log.info("password=changed store=postgres");
            stop();
            setPassword();
            launch();
            try {
                ensureDatabase();
            } catch (SQLException again) {
                throw new IllegalStateException("PostgreSQL refuses its own password", again);
            }
        }
    }

    /// Fast shutdown: clients are cut off, what was committed is on disk. Does nothing if the server does not run.
    public void stop() {
        if (process().isPresent()) {
            pgCtl("stop", "-m", "fast", "-w", "-t", String.valueOf(Answers.PATIENCE_S));
        }
    }

    @Override
    public void close() {
        stop();
    }

    /// A standby on a copy of this server's files. The server stands still while it is copied.
    ///
    /// @param home as of [#start]; not there yet
    /// @param way  the port on which the standby finds this server
    LocalPostgres standby(Path home, int way) {
        stop();
        var standby = new LocalPostgres(home.toAbsolutePath().normalize(), password);
        Folders.makePrivate(home);
        Folders.copy(data, standby.data);
        startAgain();
        PostgresFiles.follow(standby.data, way, USER, password);
        standby.begin(0);
        return standby;
    }

    /// A standby becomes a server by itself.
    void promote() {
        pgCtl("promote", "-w", "-t", String.valueOf(Answers.PATIENCE_S));
    }

    /// SIGKILL to every process of the server at once.
    public void kill() {
        process().ifPresent(server -> {
            var all = new ArrayList<>(server.descendants().toList());
            all.addFirst(server);
            all.forEach(ProcessHandle::destroyForcibly);
            all.forEach(one -> LeftBehind.awaitEnd(one, Answers.PATIENCE_S));
        });
    }

    /// Hung, not down: the kernel still accepts connections for it, and nobody answers. First the server, so that no
    /// session begins meanwhile.
    public void pause() {
        process().ifPresent(server -> {
            LeftBehind.signal("STOP", List.of(server));
            LeftBehind.signal("STOP", server.descendants().toList());
        });
    }

    public void resume() {
        process().ifPresent(server -> {
            LeftBehind.signal("CONT", server.descendants().toList());
            LeftBehind.signal("CONT", List.of(server));
        });
    }

    public boolean isRunning() {
        return process().isPresent();
    }

    public int port() {
        return port;
    }

    public String password() {
        return password;
    }

    /// `jdbc:postgresql://127.0.0.1:<port>/<database>`, without user and password.
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    /// Where the server writes what it has to say.
    public Path serverLog() {
        return serverLog;
    }

    private Optional<ProcessHandle> process() {
        return LeftBehind.find(data.resolve("postmaster.pid"), data.toString());
    }

    /// Into a folder beside it, then renamed: a run that is killed meanwhile leaves nothing that looks like data.
    private void make() {
        var fresh = data.resolveSibling("data.new");
        var passwordFile = data.resolveSibling("password.new");
        Folders.delete(fresh);
        try {
            Folders.makePrivate(fresh);
            PostgresFiles.writePrivate(passwordFile, password + "\n");
            way.own(home);
            way.own(fresh);
            way.own(passwordFile);
            var command = new ArrayList<>(List.of("-D", fresh.toString(), "-U", USER, "--encoding=UTF8", "--locale=C"));
            command.addAll(List.of("--auth=scram-sha-256", "--pwfile=" + passwordFile));
            if (PostgresFiles.majorVersion(programs) >= 17) {
                command.addAll(List.of("--locale-provider=builtin", "--builtin-locale=C.UTF-8"));
            }
            run("initdb", command);
            Files.move(fresh, data, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a database in " + data, e);
        } finally {
            Folders.delete(passwordFile);
        }
    }

    private void refuseOtherVersion() {
        int here = PostgresFiles.majorVersion(programs);
        int made = PostgresFiles.majorVersionOf(data);
        if (here != made) {
            throw new IllegalStateException(
                    "the data in %s are PostgreSQL %d's, and this program brings PostgreSQL %d; move the folder away, or use the older program to dump it"
                            .formatted(data, made, here));
        }
    }

    private void stopLeftBehind() {
        var pidFile = data.resolve("postmaster.pid");
        process()
                .ifPresentOrElse(
                        server -> {
                            log.info("left_behind=stopping store=postgres pid={}", server.pid());
                            stop();
                        },
                        // no server of ours has it, and PostgreSQL would take a reused pid for a running server
                        () -> Folders.delete(pidFile));
    }

    private void launch() {
        if (!FreePort.becomesFree(port)) {
            throw new IllegalStateException("port " + port + " for PostgreSQL is taken");
        }
        pgCtl("start", "-w", "-t", String.valueOf(Answers.PATIENCE_S), "-l", serverLog.toString());
    }

    private void ensureDatabase() throws SQLException {
        try (var connection = DriverManager.getConnection(jdbcUrl("postgres") + "?loginTimeout=60", USER, password);
                var statement = connection.createStatement();
                var found = statement.executeQuery("select 1 from pg_database where datname = '" + DATABASE + "'")) {
            if (!found.next()) {
                statement.execute("create database " + DATABASE);
            }
        }
    }

    private void setPassword() {
        var single =
                List.of(programs.resolve("postgres").toString(), "--single", "-D", data.toString(), "-j", "postgres");
        var statement = "alter user " + USER + " password '" + password.replace("'", "''") + "';\n\n";
        var end = PostgresFiles.run(way.command(single), home, statement);
        if (end.code() != 0) {
            throw new IllegalStateException("cannot set PostgreSQL's password: " + end.output());
        }
    }

    private void pgCtl(String verb, String... rest) {
        var command = new ArrayList<>(List.of(verb, "-D", data.toString()));
        command.addAll(List.of(rest));
        run("pg_ctl", command);
    }

    private void run(String program, List<String> arguments) {
        var command = new ArrayList<>(List.of(programs.resolve(program).toString()));
        command.addAll(arguments);
        var end = PostgresFiles.run(way.command(command), home);
        if (end.code() != 0) {
            throw new IllegalStateException("%s ended with %d:%n%s%n%s%s"
                    .formatted(program, end.code(), end.output().strip(), Folders.tail(serverLog, 20), way.hint(home)));
        }
    }
}
