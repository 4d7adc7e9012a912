package dev.twotick.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalPostgresTest {
    private static final String PASSWORD = "it's a secret";

    @TempDir
    Path home;

    @Test
    void everyCommitIsSyncedToDisk() throws SQLException {
        try (var postgres = LocalPostgres.start(home.resolve("pg"), 0, PASSWORD)) {
            assertThat(ask(postgres, "show fsync")).isEqualTo("on");
            assertThat(ask(postgres, "show synchronous_commit")).isEqualTo("on");
            assertThat(ask(postgres, "show full_page_writes")).isEqualTo("on");
            assertThat(ask(postgres, "show listen_addresses")).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void theDataAreOursAloneAndWantAPassword() throws Exception {
        try (var postgres = LocalPostgres.start(home.resolve("pg"), 0, PASSWORD)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("pg/data"))))
                    .isEqualTo("rwx------");
            assertThatThrownBy(() -> DriverManager.getConnection(
                            postgres.jdbcUrl(LocalPostgres.DATABASE), LocalPostgres.USER, "wrong"))
                    .hasMessageContaining("password authentication failed");
        }
    }

    @Test
    void aSecondStartFindsTheDataOnTheSamePort() throws SQLException {
        int port;
        try (var postgres = LocalPostgres.start(home.resolve("pg"), 0, PASSWORD)) {
            port = postgres.port();
            run(postgres, "create table kept as select 42 as answer");
        }
        try (var postgres = LocalPostgres.start(home.resolve("pg"), 0, PASSWORD)) {
            assertThat(postgres.port()).isEqualTo(port);
            assertThat(ask(postgres, "select answer from kept")).isEqualTo("42");
        }
    }

    @Test
    void aSigkillLosesNoCommittedRow() throws SQLException {
        try (var postgres = LocalPostgres.start(home.resolve("pg"), 0, PASSWORD)) {
            run(postgres, "create table kept (n int)");
            try (var connection = connect(postgres)) {
                for (int n = 1; n <= 100; n++) {
                    connection.createStatement().execute("insert into kept values (" + n + ")");
                }
                postgres.kill();
            }
            assertThat(postgres.isRunning()).isFalse();
            postgres.startAgain();
            assertThat(ask(postgres, "select count(*) from kept")).isEqualTo("100");
        }
    }

    @Test
    void aServerThatAKilledRunLeftBehindIsStoppedByTheNextStart() throws SQLException {
        var leftBehind = LocalPostgres.start(home.resolve("pg"), 0, PASSWORD);
        run(leftBehind, "create table kept as select 1 as n");
        try (var postgres = LocalPostgres.start(home.resolve("pg"), 0, PASSWORD)) {
            assertThat(postgres.port()).isEqualTo(leftBehind.port());
            assertThat(ask(postgres, "select n from kept")).isEqualTo("1");
        }
        assertThat(leftBehind.isRunning()).isFalse();
    }

    @Test
    void aPidFileThatNamesAnotherProcessIsNoHindrance() throws Exception {
        var postgres = LocalPostgres.start(home.resolve("pg"), 0, PASSWORD);
        postgres.kill();
        var pidFile = home.resolve("pg/data/postmaster.pid");
        var lines = Files.readAllLines(pidFile);
        lines.set(0, String.valueOf(ProcessHandle.current().pid()));
        Files.write(pidFile, lines);
        try (postgres) {
            postgres.startAgain();
            assertThat(postgres.isRunning()).isTrue();
        }
    }

    @Test
    void aNewPasswordIsSetOnOldData() throws SQLException {
        LocalPostgres.start(home.resolve("pg"), 0, PASSWORD).close();
        try (var postgres = LocalPostgres.start(home.resolve("pg"), 0, "another")) {
            assertThat(ask(postgres, "select 1")).isEqualTo("1");
        }
    }

    @Test
    void aTakenPortIsNamed() throws Exception {
        try (var other = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> LocalPostgres.start(home.resolve("pg"), other.getLocalPort(), PASSWORD))
                    .hasMessageContaining("port " + other.getLocalPort());
        }
    }

    private static Connection connect(LocalPostgres postgres) throws SQLException {
        return DriverManager.getConnection(
                postgres.jdbcUrl(LocalPostgres.DATABASE), LocalPostgres.USER, postgres.password());
    }

    private static void run(LocalPostgres postgres, String sql) throws SQLException {
        try (var connection = connect(postgres);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String ask(LocalPostgres postgres, String sql) throws SQLException {
        try (var connection = connect(postgres);
                var answer = connection.createStatement().executeQuery(sql)) {
            answer.next();
            return answer.getString(1);
        }
    }
}
