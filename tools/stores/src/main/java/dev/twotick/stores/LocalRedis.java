package dev.twotick.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A Redis server of our own on 127.0.0.1 (6.2, the oldest that Twotick runs on), whose data stay: `appendonly yes`
/// with `appendfsync always`. A daemon in a session of its own, for the reason given at [LocalPostgres].
///
/// Not for several threads at once.
public final class LocalRedis implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LocalRedis.class);

    private final Path home;
    private final String password;
    private final String more;
    private int port;

    private LocalRedis(Path home, String password, String more) {
        this.home = home;
        this.password = password;
        this.more = more;
    }

    /// Starts the server on the data in `home`, made there at the first start.
    ///
    /// @param home a folder for this server alone; mode 0700 if made here
    /// @param port 0: the port of the last start if it is free, else any
    /// @throws IllegalStateException with the end of the server's log, if it does not start
    public static LocalRedis start(Path home, int port) {
        return start(home, port, "", "");
    }

    /// @param password of its users, or empty
    /// @param more     lines for its configuration
    static LocalRedis start(Path home, int port, String password, String more) {
        var server = new LocalRedis(Folders.makePrivate(home.toAbsolutePath().normalize()), password, more);
        server.stopLeftBehind();
        server.port = FreePort.choose(port, server.portNote());
        server.startAgain();
        FreePort.note(server.port, server.portNote());
        return server;
    }

    /// Ends what runs on the data in `home`, if anything does.
    static void endLeftBehind(Path home) {
        new LocalRedis(home, "", "").kill();
    }

    /// Starts the server again on the same port, after [#stop] or [#kill].
    public void startAgain() {
        stopLeftBehind();
        if (!FreePort.becomesFree(port)) {
            throw new IllegalStateException("port " + port + " for Redis is taken");
        }
        configure();
        var end = PostgresFiles.run(
                List.of(Binaries.redis().toString(), configuration().toString()), home);
        try {
            if (end.code() != 0) {
                throw new IllegalStateException(end.output().strip());
            }
            Answers.awaitRedis(url());
        } catch (IllegalStateException e) {
            throw new IllegalStateException(
                    "Redis did not start: %s%n%s".formatted(e.getMessage(), Folders.tail(serverLog(), 20)), e);
        }
    }

    /// SIGTERM: Redis syncs its log and ends. Does nothing if the server does not run.
    public void stop() {
        process().ifPresent(server -> LeftBehind.end(server, Answers.PATIENCE_S));
    }

    @Override
    public void close() {
        stop();
    }

    /// SIGKILL.
    public void kill() {
        process().ifPresent(server -> {
            server.destroyForcibly();
            LeftBehind.awaitEnd(server, Answers.PATIENCE_S);
        });
    }

    /// Hung, not down: the kernel still accepts connections for it, and nobody answers.
    public void pause() {
        process().ifPresent(server -> LeftBehind.signal("STOP", List.of(server)));
    }

    public void resume() {
        process().ifPresent(server -> LeftBehind.signal("CONT", List.of(server)));
    }

    public boolean isRunning() {
        return process().isPresent();
    }

    public int port() {
        return port;
    }

    /// `redis://127.0.0.1:<port>`
    public String url() {
        return "redis://" + (password.isEmpty() ? "" : ":" + password + "@") + "127.0.0.1:" + port;
    }

    /// Where the server writes what it has to say.
    public Path serverLog() {
        return home.resolve("redis.log");
    }

    private Path configuration() {
        return home.resolve("redis.conf");
    }

    private Path portNote() {
        return home.resolve("port");
    }

    private Optional<ProcessHandle> process() {
        return LeftBehind.find(home.resolve("redis.pid"), configuration().toString());
    }

    private void stopLeftBehind() {
        process().ifPresent(server -> {
            log.info("left_behind=stopping store=redis pid={}", server.pid());
            stop();
        });
    }

    /// `proc-title-template` puts our folder where [LeftBehind] looks for it.
    private void configure() {
        var settings = """
                # written by Twotick at each start
                bind 127.0.0.1
                port %d
                daemonize yes
                supervised no
                dir "%s"
                pidfile "%s"
                logfile "%s"
                appendonly yes
                appendfsync always
                no-appendfsync-on-rewrite no
                save ""
                maxmemory-policy noeviction
                proc-title-template "{title} {listen-addr} {config-file}"
                %s
                """.formatted(port, home, home.resolve("redis.pid"), serverLog(), more);
        try {
            Files.writeString(configuration(), settings);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + configuration(), e);
        }
    }
}
