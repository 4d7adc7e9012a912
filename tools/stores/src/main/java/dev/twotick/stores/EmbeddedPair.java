package dev.twotick.stores;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/// The embedded binaries, with data in a folder that goes with the JVM. The folder's name holds the JVM's pid, so
/// that the next run ends and deletes what a killed one left.
final class EmbeddedPair implements StorePair {
    private static final Path ALL =
            Path.of(System.getProperty("java.io.tmpdir"), "twotick-tests-" + System.getProperty("user.name"));

    private final Path home;
    private final LocalPostgres postgres;
    private final LocalRedis redis;

    EmbeddedPair() {
        sweep();
        Unprivileged.here().letPass(ALL);
        home = Folders.makePrivate(
                ALL.resolve(String.valueOf(ProcessHandle.current().pid())));
        postgres = LocalPostgres.start(home.resolve("postgres"), 0, "test");
        redis = LocalRedis.start(home.resolve("redis"), 0);
    }

    /// One JVM at a time: two that begin at once would end and delete the same.
    private static void sweep() {
        Folders.makePrivate(ALL);
        try (var turn = FileChannel.open(ALL.resolveSibling(ALL.getFileName() + ".lock"), CREATE, WRITE);
                var _ = turn.lock();
                var homes = Files.list(ALL)) {
            for (var abandoned : homes.toList()) {
                long pid = Long.parseLong(abandoned.getFileName().toString());
                var ourselvesOrDead = pid == ProcessHandle.current().pid()
                        || ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty();
                if (ourselvesOrDead) {
                    LocalPostgres.endLeftBehind(abandoned.resolve("postgres"));
                    LocalRedis.endLeftBehind(abandoned.resolve("redis"));
                    Folders.delete(abandoned);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String description() {
        return "embedded PostgreSQL (port " + postgres.port() + ") and Redis (port " + redis.port() + ")";
    }

    @Override
    public String jdbcUrl(String database) {
        return postgres.jdbcUrl(database);
    }

    @Override
    public String user() {
        return LocalPostgres.USER;
    }

    @Override
    public String password() {
        return postgres.password();
    }

    @Override
    public String redisUrl() {
        return redis.url();
    }

    @Override
    public void stopRedis() {
        redis.resume();
        redis.stop();
    }

    @Override
    public void startRedis() {
        redis.resume();
        if (!redis.isRunning()) {
            redis.startAgain();
        }
    }

    @Override
    public void killRedis() {
        redis.kill();
    }

    @Override
    public void pauseRedis() {
        redis.pause();
    }

    @Override
    public void resumeRedis() {
        redis.resume();
    }

    @Override
    public void stopPostgres() {
        postgres.resume();
        postgres.stop();
    }

    @Override
    public void startPostgres() {
        postgres.resume();
        if (!postgres.isRunning()) {
            postgres.startAgain();
        }
    }

    @Override
    public void killPostgres() {
        postgres.kill();
    }

    @Override
    public void pausePostgres() {
        postgres.pause();
    }

    @Override
    public void resumePostgres() {
        postgres.resume();
    }

    /// The data go too, so nothing need be written in order.
    @Override
    public void close() {
        postgres.kill();
        redis.kill();
        Folders.delete(home);
    }
}
