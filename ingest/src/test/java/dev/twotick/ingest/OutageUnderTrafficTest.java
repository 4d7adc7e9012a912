package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// One ingest lives through all of these, while clients post. After each it is its old self, and every payload that was
/// answered 200 is in the log or waits for it.
@WithStores
class OutageUnderTrafficTest {
    private static final String POSTGRES_DOWN = "\"postgres\":{\"answers\":false";

    private static Running running;
    private Stores stores;
    private Traffic traffic;

    @BeforeAll
    static void startIngest(Stores stores) {
        running = Running.start(stores, Map.of());
    }

    @AfterAll
    static void stopIngest() {
        running.close();
    }

    @BeforeEach
    void startTraffic() {
        running.emptyRedis();
        traffic = new Traffic(6, () -> running.client(Running.SECRET));
        traffic.awaitMore(20, 200);
    }

    @AfterEach
    void itIsItsOldSelfAndKeptWhatItAccepted() throws Exception {
        stores.startRedis();
        stores.startPostgres();
        awaitHealth("\"status\":\"up\"");
        traffic.awaitMore(50, 200); // no answer from before is still on its way
        long refused = traffic.answered(503);
        String logged = metric("twotick_ingest_posts_total{outcome=\"logged\",status=\"200\"}");
        traffic.awaitMore(50, 200);
        assertThat(traffic.answered(503)).isEqualTo(refused);
        await().until(() -> !metric("twotick_ingest_posts_total{outcome=\"logged\",status=\"200\"}")
                .equals(logged));
        traffic.end();

        assertThat(running.kept()).containsAll(traffic.accepted);
        String last = "the last one, at " + System.nanoTime();
        assertThat(running.meta.post(last).statusCode()).isEqualTo(200);
        await().until(() -> running.stream().stream().anyMatch(entry -> new String(entry.body(), UTF_8).equals(last)));
    }

    @Test
    void withPostgresKilledPayloadsAreParked() {
        stores.killPostgres();
        parked();
    }

    @Test
    void withPostgresHungPayloadsAreParkedAndAWrongTokenIsAnswered() throws Exception {
        stores.pausePostgres();
        var wrongToken = Map.of("hub.mode", "subscribe", "hub.challenge", "1", "hub.verify_token", "wrong");
        assertThat(running.meta.handshake(wrongToken).statusCode()).isEqualTo(403);
        parked();
        stores.resumePostgres();
    }

    @Test
    void withPostgresReadOnlyPayloadsAreParked() throws Exception {
        setReadOnly("on");
        try {
            parked();
        } finally {
            setReadOnly("off");
        }
    }

    /// A full disk is played by what it looks like from outside: an insert of a row fails with its SQLSTATE.
    @Test
    void onAFullDiskPayloadsAreParkedAndNothingButTheProbeWrites() throws Exception {
        running.sql("create sequence attempts");
        running.sql("""
                create function full_disk() returns trigger language plpgsql as $$ begin
                    perform nextval('attempts'); raise exception 'no space left on device' using errcode = '53100';
                end $$""");
        running.sql("create trigger full_disk before insert on payload_log for each row execute function full_disk()");
        awaitHealth(POSTGRES_DOWN);
        traffic.awaitMore(20, 200);
        String batches = metric("twotick_ingest_batch_count");
        long attempts = attempts();
        await().until(() -> attempts() >= attempts + 3);
        assertThat(metric("twotick_ingest_batch_count"))
                .as("nothing but the probe writes")
                .isEqualTo(batches);
        assertThat(running.health()).contains(POSTGRES_DOWN);
        running.sql("drop trigger full_disk on payload_log");
    }

    private long attempts() throws SQLException {
        try (var connection = stores.connect();
                var row = connection.createStatement().executeQuery("select last_value from attempts")) {
            row.next();
            return row.getLong(1);
        }
    }

    @Test
    void withPostgresOutOfConnectionsPayloadsAreParked() throws Exception {
        List<Connection> all = new ArrayList<>();
        try (var judge = stores.connect()) {
            await().until(() -> {
                judge.createStatement()
                        .execute("select pg_terminate_backend(pid) from pg_stat_activity"
                                + " where application_name = 'twotick-ingest'");
                takeAll(all);
                // one that ingest was quicker to take again would do for all its batches
                return clients(judge) == all.size() + 1;
            });
            parked();
        } finally {
            for (Connection connection : all) {
                connection.close();
            }
        }
    }

    private static int clients(Connection judge) throws SQLException {
        try (var row = judge.createStatement()
                .executeQuery("select count(*) from pg_stat_activity where backend_type = 'client backend'")) {
            row.next();
            return row.getInt(1);
        }
    }

    private void takeAll(List<Connection> taken) {
        try {
            while (true) {
                taken.add(stores.connect());
            }
        } catch (SQLException e) {
            assertThat(e.getSQLState()).isEqualTo("53300");
        }
    }

    @Test
    void behindALongLockPayloadsAreParked() throws Exception {
        try (var connection = stores.connect()) {
            connection.setAutoCommit(false);
            connection.createStatement().execute("lock table payload_log in access exclusive mode");
            parked();
        }
    }

    @Test
    void withRedisKilledEverythingIsLogged() {
        stores.killRedis();
        logged();
    }

    @Test
    void withRedisHungEverythingIsLogged() {
        stores.pauseRedis();
        logged();
        stores.resumeRedis();
    }

    @Test
    void withRedisFullEverythingIsLoggedAndNothingParked() {
        redis("maxmemory", "1");
        logged();
        stores.stopPostgres();
        refused();
        redis("maxmemory", "0");
        parked();
    }

    @Test
    void anEmptiedRedisIsPushedToAgain() {
        running.emptyRedis();
        stores.restartRedis();
        logged();
    }

    @Test
    void onARedisThatDoesNotSyncNothingIsParked() {
        redis("appendfsync", "no");
        logged();
        stores.stopPostgres();
        refused();
        redis("appendfsync", "always");
        parked();
    }

    @Test
    void withBothDownEverythingIsRefused() {
        stores.stopRedis();
        stores.stopPostgres();
        refused();
        stores.startRedis();
        parked();
    }

    @Test
    void withBothHungEverythingIsRefused() {
        stores.pauseRedis();
        stores.pausePostgres();
        refused();
        stores.resumePostgres();
        stores.resumeRedis();
    }

    private void parked() {
        awaitHealth(POSTGRES_DOWN);
        traffic.awaitMore(50, 200);
        assertThat(running.path("/health").get("").statusCode()).isEqualTo(200);
    }

    /// Without Redis nobody even waits.
    private void logged() {
        traffic.awaitMore(300, 200);
        assertThat(traffic.answered(503)).isZero();
    }

    private void refused() {
        traffic.awaitMore(50, 503);
    }

    private static void awaitHealth(String part) {
        await().until(() -> running.health().contains(part));
    }

    private static String metric(String name) {
        return running.metrics()
                .lines()
                .filter(line -> line.startsWith(name))
                .findFirst()
                .orElse("");
    }

    private static void redis(String setting, String value) {
        try (var redis = running.redis()) {
            redis.configSet(setting, value);
        }
    }

    private void setReadOnly(String value) throws SQLException {
        try (var connection = stores.connect();
                var statement = connection.createStatement()) {
            statement.execute("set default_transaction_read_only = off");
            statement.execute("alter system set default_transaction_read_only = " + value);
            statement.execute("select pg_reload_conf()");
        }
    }
}
