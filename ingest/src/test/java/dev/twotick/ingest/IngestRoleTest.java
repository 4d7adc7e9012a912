package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/// The role and the user of docs/deploy.md, taken out of the page.
@WithStores
class IngestRoleTest {
    private static final String SECRET = "of the role";

    private Running running;

    @BeforeEach
    void start(Stores stores) throws Exception {
        Running.migrate(stores);
        String page = Files.readString(Path.of("../docs/deploy.md"));
        try (Connection owner = stores.connect()) {
            owner.createStatement()
                    .execute(part(page, "(?s)### A role for ingest.*?```sql\\n(.*?)```")
                            .replace("change this", SECRET));
            owner.createStatement()
                    .execute("insert into account (phone_number_id, verify_token) values ('1', 'its own')");
        }
        try (Jedis admin = redis(stores)) {
            String[] rules = part(page, "`ACL SETUSER ingest ([^`]*)`").split(" ", -1);
            assertThat(admin.aclSetUser("ingest", rules)).isEqualTo("OK");
        }
        running = Running.startAsItIs(
                stores,
                Map.of(
                        "TWOTICK_DATABASE_USER",
                        "twotick_ingest",
                        "TWOTICK_DATABASE_PASSWORD",
                        SECRET,
                        "TWOTICK_REDIS_URL",
                        stores.redisUrl().replace("redis://", "redis://ingest:secret@")));
    }

    private static Jedis redis(Stores stores) {
        return new Jedis(URI.create(stores.redisUrl()));
    }

    private static int handshakes(Stores stores) throws SQLException {
        try (Connection owner = stores.connect();
                ResultSet row = owner.createStatement().executeQuery("select count(*) from handshake")) {
            row.next();
            return row.getInt(1);
        }
    }

    private static String part(String page, String pattern) {
        Matcher part = Pattern.compile(pattern).matcher(page);
        assertThat(part.find()).as(pattern).isTrue();
        return part.group(1);
    }

    @AfterEach
    void stop(Stores stores) throws SQLException {
        running.close();
        try (Connection owner = stores.connect();
                Jedis admin = redis(stores)) {
            owner.createStatement().execute("drop owned by twotick_ingest; drop role twotick_ingest");
            admin.aclDelUser("ingest");
        }
    }

    @Test
    void itKeepsWhatMetaPostsAndReadsNothing(Stores stores) throws Exception {
        assertThat(running.meta.post("kept").statusCode()).isEqualTo(200);
        assertThat(running.bodies()).contains("kept");
        await().until(() ->
                running.stream().stream().anyMatch(entry -> new String(entry.body(), UTF_8).equals("kept")));
        assertThat(running.meta
                        .handshake(Map.of("hub.mode", "subscribe", "hub.challenge", "1", "hub.verify_token", "its own"))
                        .statusCode())
                .isEqualTo(200);
        await().until(() -> handshakes(stores) == 1);
        assertThat(running.health())
                .contains("\"postgres\":{\"answers\":true", "\"redis\":{\"answers\":true,\"durable\":true}");

        stores.stopPostgres();
        assertThat(running.meta.post("parked").statusCode()).isEqualTo(200);
        stores.startPostgres();
        await().until(() -> running.meta.post("kept again").statusCode() == 200
                && running.bodies().contains("kept again"));

        try (Connection role = DriverManager.getConnection(stores.jdbcUrl(), "twotick_ingest", SECRET)) {
            for (String statement : new String[] {
                "select * from payload_log",
                "delete from payload_log",
                "update payload_log set body = ''",
                "select * from message",
                "select * from hook_endpoint",
                "select phone_number_id from account",
                "insert into account (phone_number_id) values ('2')",
                "create table mine ()"
            }) {
                assertThatThrownBy(() -> role.createStatement().execute(statement))
                        .as(statement)
                        .hasMessageContaining("permission denied");
            }
        }
    }
}
