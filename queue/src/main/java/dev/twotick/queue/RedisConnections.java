package dev.twotick.queue;

import dev.twotick.model.settings.LiveSettings;
import dev.twotick.model.settings.SettingsReader;
import java.net.URI;
import java.time.Duration;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultRedisCredentials;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisCredentials;
import redis.clients.jedis.util.JedisURIHelper;

/// Opens connections to Redis, in one way. A client opens while Redis is away, and recovers when it is back, or when
/// another server has become the master; no call waits longer than its timeout, not for a connection of the pool
/// either.
///
/// The password may change while the process runs: new connections are opened with the new one.
public final class RedisConnections {
    private static final String NAME = "TWOTICK_REDIS_URL";

    private volatile URI uri;

    /// @param uri `redis://[[user]:password@]host:port[/db]`, or `rediss://` for TLS
    public RedisConnections(URI uri) {
        JedisURIHelper.getDBIndex(uri); // throws for a path that is no number
        boolean redis = JedisURIHelper.isRedisScheme(uri) || JedisURIHelper.isRedisSSLScheme(uri);
        if (!redis || !JedisURIHelper.isValid(uri)) {
            throw new IllegalArgumentException("not a Redis URL of the form redis://host:port");
        }
        this.uri = uri;
    }

    /// Reads `TWOTICK_REDIS_URL`.
    public static RedisConnections read(SettingsReader settings) {
        return new RedisConnections(readUri(settings));
    }

    private static URI readUri(SettingsReader settings) {
        settings.required(NAME, "says where Redis is, such as redis://localhost:6379");
        return settings.parse(
                NAME,
                URI.create("redis://localhost:6379"),
                "a URL such as redis://localhost:6379",
                text -> new RedisConnections(URI.create(text)).uri);
    }

    /// From now on with the user and password of the file.
    public RedisConnections follow(LiveSettings live) {
        live.follow(NAME, uri, RedisConnections::readUri, this::signInBy);
        return this;
    }

    private void signInBy(URI next) {
        if (!address(uri).equals(address(next))) {
            throw new IllegalArgumentException(NAME + " leads elsewhere: that is taken at a restart only");
        }
        uri = next;
    }

    private static String address(URI uri) {
        return uri.getScheme() + " " + JedisURIHelper.getHostAndPort(uri) + " " + JedisURIHelper.getDBIndex(uri);
    }

    /// @param name    shown by Redis' `CLIENT LIST`
    /// @param timeout to connect, and for each answer
    public RedisClient open(String name, int connections, Duration timeout) {
        return open(name, connections, timeout, timeout);
    }

    /// @param connect to connect, or to get a connection of the pool
    /// @param answer  for each answer
    public RedisClient open(String name, int connections, Duration connect, Duration answer) {
        JedisClientConfig config = DefaultJedisClientConfig.builder(uri)
                .credentialsProvider(this::credentials)
                .clientName(name)
                .connectionTimeoutMillis((int) connect.toMillis())
                .socketTimeoutMillis((int) answer.toMillis())
                .blockingSocketTimeoutMillis((int) answer.toMillis())
                .build();
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(connections);
        pool.setMaxIdle(connections);
        pool.setMaxWait(connect);
        pool.setJmxEnabled(false);
        return MasterConnections.client(JedisURIHelper.getHostAndPort(uri), config, pool);
    }

    private RedisCredentials credentials() {
        URI now = uri;
        return new DefaultRedisCredentials(JedisURIHelper.getUser(now), JedisURIHelper.getPassword(now));
    }

    /// For a thread that reads with `BLOCK`: it needs a connection of its own, and an end to its wait: without one it
    /// would hang for ever on a connection that died silently.
    public RedisClient openBlocking(String name, Duration block) {
        Duration timeout = Duration.ofSeconds(3);
        return open(name, 1, timeout, block.plus(timeout)); // a pipeline knows no other timeout than for any answer
    }

    /// Without the password.
    @Override
    public String toString() {
        return "RedisConnections[" + uri.getHost() + ":" + uri.getPort() + "]";
    }
}
