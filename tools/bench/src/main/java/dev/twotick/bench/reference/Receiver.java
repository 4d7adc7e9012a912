package dev.twotick.bench.reference;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.bench.load.Load;
import dev.twotick.devstack.Signature;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.http.Context;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.util.Map;
import java.util.UUID;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.util.JedisURIHelper;

/// A receiver of webhooks as one writes it in an hour, a process of its own. `ceiling PORT` checks the signature and
/// answers; `simple PORT JDBC-URL USER PASSWORD REDIS-URL` makes one INSERT and one XADD a request before it answers.
public final class Receiver {
    private static final int POOL = 32;

    private Receiver() {}

    private interface Keeping {
        void keep(byte[] body) throws SQLException;
    }

    public static void main(String[] arguments) {
        Keeping keeping = arguments[0].equals("ceiling") ? _ -> {} : intoStores(arguments);
        Javalin.create(config -> {
                    config.startup.showJavalinBanner = false;
                    config.startup.showOldJavalinVersionWarning = false;
                    config.concurrency.useVirtualThreads = true;
                    config.http.compressionStrategy = CompressionStrategy.NONE;
                    config.jetty.host = "127.0.0.1";
                    config.routes.post("/webhook", ctx -> receive(ctx, keeping));
                    config.routes.get("/health", ctx -> ctx.result("up"));
                })
                .start(Integer.parseInt(arguments[1]));
    }

    private static void receive(Context ctx, Keeping keeping) throws SQLException {
        byte[] body = ctx.bodyAsBytes();
        var claimed = String.valueOf(ctx.header(Signature.HEADER)).getBytes(StandardCharsets.UTF_8);
        var right = Signature.of(body, Load.APP_SECRET).getBytes(StandardCharsets.UTF_8);
        if (MessageDigest.isEqual(claimed, right)) {
            keeping.keep(body);
        } else {
            ctx.status(401);
        }
    }

    private static Keeping intoStores(String[] arguments) {
        var hikari = new HikariConfig();
        hikari.setJdbcUrl(arguments[2]);
        hikari.setUsername(arguments[3]);
        hikari.setPassword(arguments[4]);
        hikari.setMaximumPoolSize(POOL);
        var pool = new HikariDataSource(hikari);
        var limits = new ConnectionPoolConfig();
        limits.setMaxTotal(POOL);
        limits.setMaxIdle(POOL);
        var uri = URI.create(arguments[5]);
        var redis = RedisClient.builder()
                .hostAndPort(JedisURIHelper.getHostAndPort(uri))
                .clientConfig(DefaultJedisClientConfig.builder(uri).build())
                .poolConfig(limits)
                .build();
        return body -> {
            var id = UUID.randomUUID();
            try (var connection = pool.getConnection();
                    var insert = connection.prepareStatement("insert into simple_log (id, body) values (?, ?)")) {
                insert.setObject(1, id);
                insert.setBytes(2, body);
                insert.executeUpdate();
            }
            redis.xadd(
                    "simple",
                    Map.of("id", id.toString(), "body", new String(body, StandardCharsets.UTF_8)),
                    XAddParams.xAddParams());
        };
    }
}
