package dev.twotick.ingest;

import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.RedisKeys;
import dev.twotick.stores.Stores;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import redis.clients.jedis.Jedis;

/// An ingest over real stores, and a look into them.
final class Running implements AutoCloseable {
    static final String SECRET = "test_app_secret";
    static final String TOKEN = "the installation's token";

    final Ingest ingest;
    final Meta meta;
    private final Stores stores;
    private final boolean overTls;

    private Running(Stores stores, Map<String, String> settings, InstantSource clock) {
        this.stores = stores;
        Map<String, String> environment = new HashMap<>(environment(stores));
        environment.putAll(settings);
        ingest = Ingest.start(environment, clock);
        overTls = settings.containsKey(TlsSettings.CERTIFICATE);
        meta = client(SECRET);
    }

    /// Over a migrated database.
    static Running start(Stores stores, Map<String, String> settings) {
        return start(stores, settings, InstantSource.system());
    }

    static Running start(Stores stores, Map<String, String> settings, InstantSource clock) {
        migrate(stores);
        return new Running(stores, settings, clock);
    }

    static void migrate(Stores stores) {
        DatabaseSettings database = new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password());
        try (var pool = Database.pool(database, "migrate", 2, Duration.ZERO)) {
            Migrations.migrate(pool);
        }
    }

    /// Over whatever is there, or is not.
    static Running startAsItIs(Stores stores, Map<String, String> settings) {
        return new Running(stores, settings, InstantSource.system());
    }

    static Map<String, String> environment(Stores stores) {
        return Map.of(
                "TWOTICK_HTTP_HOST",
                "127.0.0.1",
                "TWOTICK_HTTP_PORT",
                "0",
                "TWOTICK_DATABASE_URL",
                stores.jdbcUrl(),
                "TWOTICK_DATABASE_USER",
                stores.user(),
                "TWOTICK_DATABASE_PASSWORD",
                stores.password(),
                "TWOTICK_REDIS_URL",
                stores.redisUrl(),
                "TWOTICK_APP_SECRETS",
                "shop=" + SECRET,
                "TWOTICK_VERIFY_TOKEN",
                TOKEN);
    }

    /// The same door, signed by another app.
    Meta client(String secret) {
        return new Meta(webhook(), secret);
    }

    /// The same door, with a certificate of Meta's or of somebody else.
    Meta client(SSLContext tls) {
        return new Meta(webhook(), SECRET, tls);
    }

    /// Over TLS where that is served.
    private URI webhook() {
        return URI.create(overTls ? "https://localhost:" + ingest.tlsPort() + "/webhook" : at("/webhook"));
    }

    Meta path(String path) {
        return new Meta(URI.create(at(path)), SECRET);
    }

    private String at(String path) {
        return "http://127.0.0.1:" + ingest.port() + path;
    }

    String health() {
        return path("/health").get("").body();
    }

    String metrics() {
        return path("/metrics").get("").body();
    }

    record LogRow(String id, byte[] body, byte[] signature, String app) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    List<LogRow> log() throws SQLException {
        try (Connection connection = stores.connect();
                ResultSet rows = connection
                        .createStatement()
                        .executeQuery("select id, body, signature, app from payload_log order by id")) {
            List<LogRow> found = new ArrayList<>();
            while (rows.next()) {
                found.add(new LogRow(rows.getString(1), rows.getBytes(2), rows.getBytes(3), rows.getString(4)));
            }
            return found;
        }
    }

    /// Of the log, what a test wrote by hand: not the long ones, which are hundreds of megabytes in some.
    List<String> bodies() throws SQLException {
        try (Connection connection = stores.connect();
                ResultSet rows = connection
                        .createStatement()
                        .executeQuery("select body from payload_log where length(body) < 32768 order by id")) {
            List<String> found = new ArrayList<>();
            while (rows.next()) {
                found.add(new String(rows.getBytes(1), StandardCharsets.UTF_8));
            }
            return found;
        }
    }

    Connection connect() throws SQLException {
        return stores.connect();
    }

    long number(String query) throws SQLException {
        try (Connection connection = connect();
                ResultSet row = connection.createStatement().executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }

    void sql(String statement) throws SQLException {
        try (Connection connection = connect()) {
            connection.createStatement().execute(statement);
        }
    }

    List<QueuedPayload> stream() {
        return entries(RedisKeys.ALONE.payloads());
    }

    /// What is in the log or waits for it.
    Set<String> kept() throws SQLException {
        return Stream.concat(
                        bodies().stream(),
                        toLog().stream().map(entry -> new String(entry.body(), StandardCharsets.UTF_8)))
                .collect(Collectors.toSet());
    }

    List<QueuedPayload> toLog() {
        return entries(RedisKeys.ALONE.toLog());
    }

    private List<QueuedPayload> entries(String stream) {
        try (Jedis jedis = redis()) {
            return entries(jedis, stream);
        }
    }

    static List<QueuedPayload> entries(Jedis jedis, String stream) {
        List<QueuedPayload> found = new ArrayList<>();
        for (Object entry :
                jedis.xrange(stream.getBytes(StandardCharsets.US_ASCII), new byte[] {'-'}, new byte[] {'+'})) {
            List<?> fields = (List<?>) ((List<?>) entry).get(1);
            Map<byte[], byte[]> map = new HashMap<>();
            for (int i = 0; i < fields.size(); i += 2) {
                map.put((byte[]) fields.get(i), (byte[]) fields.get(i + 1));
            }
            found.add(QueuedPayload.fromFields(map));
        }
        return found;
    }

    void emptyRedis() {
        try (Jedis jedis = redis()) {
            jedis.flushAll();
        }
    }

    Jedis redis() {
        return new Jedis(URI.create(stores.redisUrl()));
    }

    @Override
    public void close() {
        ingest.close();
    }
}
