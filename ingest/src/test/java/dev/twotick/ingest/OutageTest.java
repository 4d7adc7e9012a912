package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.UnfitRedis;
import dev.twotick.stores.WithStores;
import java.net.URI;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@WithStores
@Tag("containers")
class OutageTest {
    private Running running;

    @AfterEach
    void stop(Stores stores) {
        running.close();
        stores.restartRedis(); // with the settings that it had
        stores.startPostgres();
    }

    @Test
    void withoutRedisPayloadsAreLogged(Stores stores) throws Exception {
        running = Running.start(stores, Map.of());
        assertThat(running.meta.post("before").statusCode()).isEqualTo(200);
        stores.stopRedis();
        for (int i = 0; i < 5; i++) {
            assertThat(running.meta.post("during " + i).statusCode()).isEqualTo(200);
        }
        assertThat(running.bodies()).contains("before", "during 0", "during 4");
        await().until(() -> running.health().contains("\"redis\":{\"answers\":false"));
        stores.startRedis();
        await().until(() -> running.health().contains("\"redis\":{\"answers\":true,\"durable\":true}"));
        assertThat(running.meta.post("after").statusCode()).isEqualTo(200);
        await().until(() ->
                running.stream().stream().anyMatch(entry -> new String(entry.body(), UTF_8).equals("after")));
    }

    /// What it takes is logged, and nobody will apply it.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClusterNodeOrASentinelIsNamedInHealthAndTheWorkIsLogged(boolean cluster, Stores stores) throws Exception {
        try (UnfitRedis unfit = cluster ? UnfitRedis.clusterNode() : UnfitRedis.sentinel()) {
            running = Running.start(stores, Map.of("TWOTICK_REDIS_URL", unfit.url()));
            assertThat(running.meta.post("logged " + cluster).statusCode()).isEqualTo(200);
            assertThat(running.bodies()).contains("logged " + cluster);

            var health = running.path("/health").get("");
            assertThat(health.statusCode()).isEqualTo(503);
            assertThat(health.body())
                    .contains("\"status\":\"down\"", "TWOTICK_REDIS_URL", cluster ? "Redis Cluster" : "Redis Sentinel")
                    .doesNotContain("appendonly");
            assertThat(running.path("/ready").get("").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void withoutPostgresPayloadsAreParkedOnADurableRedisWithAllThatTheLogWants(Stores stores) throws Exception {
        running = Running.start(stores, Map.of());
        running.emptyRedis();
        running.meta.post("before");
        stores.stopPostgres();
        assertThat(running.meta.post("parked 1").statusCode()).isEqualTo(200);
        assertThat(running.meta.post("parked 2").statusCode()).isEqualTo(200);
        assertThat(running.toLog()).hasSize(2);
        var entry = running.toLog().getFirst();
        assertThat(new String(entry.body(), UTF_8)).isEqualTo("parked 1");
        assertThat(entry.app()).isEqualTo("shop");
        assertThat("sha256=" + HexFormat.of().formatHex(entry.signature()))
                .isEqualTo(Meta.sign(entry.body(), Running.SECRET));

        var tooLong = running.meta.post("x".repeat(32 * 1024 + 1));
        assertThat(tooLong.statusCode()).isEqualTo(503);
        assertThat(tooLong.headers().firstValue("Retry-After")).isPresent();
        assertThat(running.meta.post("x".repeat(32 * 1024)).statusCode()).isEqualTo(200);

        await().until(() -> running.health().contains("\"postgres\":{\"answers\":false"));
        assertThat(running.path("/health").get("").statusCode()).isEqualTo(200);
        stores.startPostgres();
        await().until(() -> running.health().contains("\"postgres\":{\"answers\":true"));
        assertThat(running.meta.post("after").statusCode()).isEqualTo(200);
        assertThat(running.bodies()).contains("before", "after").doesNotContain("parked 1");
    }

    @Test
    void aRestartOfPostgresIsNoOutage(Stores stores) throws Exception {
        running = Running.start(stores, Map.of());
        running.meta.post("before the restart");
        stores.restartPostgres();
        running.meta.post("while it may still be noticing");
        await().until(() -> running.health().contains("\"postgres\":{\"answers\":true"));
        assertThat(running.meta.post("after the restart").statusCode()).isEqualTo(200);
        assertThat(running.bodies()).contains("before the restart", "after the restart");
    }

    @Test
    void withoutPostgresAndWithARedisThatDoesNotSyncNothingIsAccepted(Stores stores) throws Exception {
        running = Running.start(stores, Map.of());
        stores.stopPostgres();
        try (var redis = running.redis()) {
            redis.configSet("appendonly", "no"); // the watch may not have seen it yet: the answer must be right already
        }
        var answer = running.meta.post("nobody would keep me");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        await().until(() -> running.path("/health").get("").statusCode() == 503);
        assertThat(running.meta.post("nor me").statusCode()).isEqualTo(503);
    }

    @Test
    void withoutBothNothingIsAcceptedAndWithBothAllIsAgain(Stores stores) throws Exception {
        running = Running.start(stores, Map.of());
        stores.killPostgres();
        stores.killRedis();
        assertThat(running.meta.post("lost on nobody").statusCode()).isEqualTo(503);
        assertThat(running.meta.post("lost on nobody").statusCode()).isEqualTo(503);
        await().until(() -> running.path("/health").get("").statusCode() == 503);
        assertThat(running.path("/health").head().statusCode()).isEqualTo(503);
        assertThat(running.path("/ready").get("").statusCode()).isEqualTo(503);
        assertThat(running.path("/live").get("").statusCode()).isEqualTo(200); // a restart would help nobody
        stores.startPostgres();
        stores.startRedis();
        await().until(() -> running.health().contains("\"status\":\"up\""));
        assertThat(running.meta.post("again").statusCode()).isEqualTo(200);
        assertThat(running.bodies()).contains("again");
    }

    @Test
    void aReadOnlyPostgresCountsAsDown(Stores stores) throws Exception {
        running = Running.start(stores, Map.of());
        readOnly(stores, "on");
        try {
            await().until(() -> running.health().contains("\"postgres\":{\"answers\":false"));
            assertThat(running.meta.post("parked").statusCode()).isEqualTo(200);
            assertThat(running.toLog()).anyMatch(entry -> new String(entry.body(), UTF_8).equals("parked"));
        } finally {
            readOnly(stores, "off");
        }
        await().until(() -> running.health().contains("\"postgres\":{\"answers\":true"));
        assertThat(running.meta.post("logged").statusCode()).isEqualTo(200);
        assertThat(running.bodies()).contains("logged");
    }

    /// As a failover leaves them: connections to a server that takes no writes, while new ones lead to one that does.
    @Test
    void connectionsThatStayReadOnlyAreLeft(Stores stores) throws Exception {
        running = Running.start(stores, Map.of());
        String database = "alter database \"" + stores.jdbcUrl().replaceAll(".*/", "") + "\" ";
        running.sql(database + "set default_transaction_read_only = on");
        await().until(() -> {
            running.sql(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'twotick-ingest'");
            return running.health().contains("\"postgres\":{\"answers\":false");
        });
        try (var connection = stores.connect();
                var statement = connection.createStatement()) {
            statement.execute("set default_transaction_read_only = off");
            statement.execute(database + "reset default_transaction_read_only");
        }
        await().until(() -> running.health().contains("\"postgres\":{\"answers\":true"));
        assertThat(running.meta.post("logged again").statusCode()).isEqualTo(200);
        assertThat(running.bodies()).contains("logged again");
    }

    private static void readOnly(Stores stores, String value) throws Exception {
        try (var connection = stores.connect();
                var statement = connection.createStatement()) {
            statement.execute("set default_transaction_read_only = off");
            statement.execute("alter system set default_transaction_read_only = " + value);
            statement.execute("select pg_reload_conf()");
        }
    }

    /// A network that goes away takes the first bytes of a batch, and no more.
    @Test
    void committersThatHangInTheMiddleOfTheirRowsAreFreedInTimeToPark(Stores stores) throws Exception {
        URI postgres = URI.create(stores.jdbcUrl().substring("jdbc:".length()));
        try (Line line = new Line(postgres.getPort())) {
            String url = "jdbc:postgresql://127.0.0.1:" + line.port() + postgres.getPath() + "?sendBufferSize=4096";
            running = Running.start(stores, Map.of("TWOTICK_DATABASE_URL", url));
            running.emptyRedis();
            assertThat(posted("before")).containsOnly(200);
            line.hold();
            assertThat(posted("during")).containsOnly(200);
            assertThat(running.toLog())
                    .isNotEmpty()
                    .allMatch(entry -> new String(entry.body(), UTF_8).startsWith("during"));
        }
    }

    /// Answers to as many at a time as all committers have work with.
    private List<Integer> posted(String name) {
        return IntStream.range(0, 4 * PayloadLog.COMMITTERS)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> running.meta
                                .post(name + i + "x".repeat(31 * 1024))
                                .statusCode(),
                        Thread::startVirtualThread))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();
    }

    @Test
    void theHandshakeNeedsNoStoreAndRemembersTheAccountsTokens(Stores stores) throws Exception {
        running = Running.start(stores, Map.of());
        running.sql("insert into account (phone_number_id, verify_token) values ('9', 'remembered')");
        assertThat(handshake("remembered")).isEqualTo(200);
        stores.stopPostgres();
        stores.stopRedis();
        assertThat(handshake("remembered")).isEqualTo(200);
        assertThat(handshake(Running.TOKEN)).isEqualTo(200);
        assertThat(handshake("wrong")).isEqualTo(403);
    }

    @Test
    void itStartsWithoutEitherStoreAndServesWhenTheyCome(Stores stores) throws Exception {
        stores.stopPostgres();
        stores.stopRedis();
        running = Running.startAsItIs(stores, Map.of());
        assertThat(running.meta.post("too early").statusCode()).isEqualTo(503);
        assertThat(handshake(Running.TOKEN)).isEqualTo(200);
        stores.startRedis();
        await().until(() -> running.health().contains("\"durable\":true"));
        assertThat(running.meta.post("parked").statusCode()).isEqualTo(200);
        stores.startPostgres();
        running.close();
        running = Running.start(stores, Map.of());
        assertThat(running.meta.post("logged").statusCode()).isEqualTo(200);
        assertThat(running.bodies()).contains("logged");
    }

    private int handshake(String token) {
        return running.meta
                .handshake(Map.of("hub.mode", "subscribe", "hub.challenge", "1", "hub.verify_token", token))
                .statusCode();
    }
}
