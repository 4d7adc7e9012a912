package dev.twotick.stores;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;

/// A standby of a server, elsewhere: what it is sent comes late, and what is still under way when the server ends is
/// lost, as it is with a site.
public final class PostgresStandby implements AutoCloseable {
    private final LocalPostgres primary;
    private final LocalPostgres standby;
    private final Path home;
    private final ReplicationProxy way;

    private PostgresStandby(LocalPostgres primary, LocalPostgres standby, Path home, ReplicationProxy way) {
        this.primary = primary;
        this.standby = standby;
        this.home = home;
        this.way = way;
    }

    /// Stops the server for as long as its files are copied. Returns when the standby streams.
    ///
    /// @param home a folder for the standby alone; not there yet
    public static PostgresStandby of(LocalPostgres primary, Path home) {
        int port = FreePort.any();
        try {
            var way = ReplicationProxy.ofPostgres(port, primary.port());
            var standby = new PostgresStandby(primary, primary.standby(home, port), home, way);
            standby.awaitState("streaming", "state");
            return standby;
        } catch (IOException e) {
            throw new IllegalStateException("cannot listen for a standby", e);
        }
    }

    /// From now on.
    public void late(Duration time) {
        way.late(time);
    }

    /// From now on a commit is answered when the standby has it, too.
    public void makeSynchronous() throws SQLException {
        ask("alter system set synchronous_standby_names = '*'");
        ask("select pg_reload_conf()");
        awaitState("sync", "sync_state");
    }

    private void awaitState(String wanted, String column) {
        Answers.await("a standby that is " + wanted, () -> {
            if (!wanted.equals(ask("select max(" + column + ") from pg_stat_replication"))) {
                throw new SQLException("not yet");
            }
        });
    }

    private String ask(String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(
                        primary.jdbcUrl("postgres"), LocalPostgres.USER, primary.password());
                var statement = connection.createStatement()) {
            if (!statement.execute(sql)) {
                return "";
            }
            try (var row = statement.getResultSet()) {
                row.next();
                return String.valueOf(row.getString(1));
            }
        }
    }

    /// In place of the server, which is gone: at its address, with what had come of it.
    public LocalPostgres takeOver() {
        standby.promote();
        standby.stop();
        close();
        return LocalPostgres.start(home, primary.port(), primary.password());
    }

    @Override
    public void close() {
        try {
            way.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        standby.stop();
    }
}
