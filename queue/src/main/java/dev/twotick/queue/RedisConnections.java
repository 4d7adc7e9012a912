package dev.twotick.queue;

import dev.twotick.model.settings.LiveSettings;
import dev.twotick.model.settings.Setting.Section;
import dev.twotick.model.settings.SettingsReader;
import java.net.URI;
import java.time.Duration;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultRedisCredentials;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisCredentials;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.JedisURIHelper;

/// Opens connections to Redis, in one way. A client opens while Redis is away, and recovers when it is back, or when
/// another server has become the master; no call waits longer than its timeout, not for a connection of the pool
/// either.
///
/// The password may change while the process runs: new connections are opened with the new one.
public final class RedisConnections {
    private static final String FORM =
            "of the form redis://host:port, or redis-sentinel://host:port,host:port/0#master behind Sentinels";

    private static final String NAME = "TWOTICK_REDIS_URL";
    private static final String SENTINEL_PASSWORD = "TWOTICK_REDIS_SENTINEL_PASSWORD";

    private volatile URI uri;
    private final MasterAddress master;

    /// @param uri `redis://[[user]:password@]host:port[/db]`, or as [SentinelUrl] has it; with `rediss` for TLS
    /// @throws IllegalArgumentException when it is neither
    public RedisConnections(URI uri) {
        this(uri, "");
    }

    /// @param sentinelPassword the Sentinels' own, or empty
    public RedisConnections(URI uri, String sentinelPassword) {
        URI server = server(uri);
        JedisURIHelper.getDBIndex(server); // throws for a path that is no number
        boolean redis = JedisURIHelper.isRedisScheme(server) || JedisURIHelper.isRedisSSLScheme(server);
        if (!redis || !JedisURIHelper.isValid(server)) {
            throw new IllegalArgumentException("not " + FORM);
        }
        this.uri = uri;
        master = SentinelUrl.isOne(uri)
                ? SentinelUrl.parse(uri).sentinels(sentinelPassword)
                : new MasterAddress.Fixed(JedisURIHelper.getHostAndPort(uri));
    }

    /// A server's alone, with the user and password of all.
    private static URI server(URI uri) {
        return SentinelUrl.isOne(uri) ? SentinelUrl.parse(uri).server() : uri;
    }

    /// Reads `TWOTICK_REDIS_URL` and `TWOTICK_REDIS_SENTINEL_PASSWORD`.
    public static RedisConnections read(SettingsReader settings) {
        settings.about(
                Section.STORES,
                NAME,
                "such as `redis://localhost:6379`; Redis 6.2, Valkey 7.2 or newer, that runs alone, or"
                        + " `redis-sentinel://host:port,host:port/0#master` [behind Sentinels](deploy.md#redis-behind-sentinels):"
                        + " a Cluster's node is refused in `/health`");
        settings.about(
                Section.STORES,
                SENTINEL_PASSWORD,
                "the Sentinels' own, where they want one; the servers' stands in the URL");
        return new RedisConnections(
                readUri(settings), settings.secret(SENTINEL_PASSWORD).orElse(""));
    }

    private static URI readUri(SettingsReader settings) {
        settings.required(NAME, "says where Redis is, such as redis://localhost:6379");
        return settings.parse(
                NAME, URI.create("redis://localhost:6379"), FORM, text -> new RedisConnections(URI.create(text)).uri);
    }

    /// From now on with the user and password of the file.
    public RedisConnections follow(LiveSettings live) {
        live.follow(NAME, uri, RedisConnections::readUri, this::signInBy);
        return this;
    }

    private void signInBy(URI next) {
        if (!withoutUser(uri).equals(withoutUser(next))) {
            throw new IllegalArgumentException(NAME + " leads elsewhere: that is taken at a restart only");
        }
        uri = next;
    }

    private static String withoutUser(URI uri) {
        return uri.toString().replaceFirst("//[^/#]*@", "//");
    }

    /// @param name    shown by Redis' `CLIENT LIST`
    /// @param timeout to connect, and for each answer
    public RedisClient open(String name, int connections, Duration timeout) {
        return open(name, connections, timeout, timeout);
    }

    /// @param connect to connect, or to get a connection of the pool
    /// @param answer  for each answer
    public RedisClient open(String name, int connections, Duration connect, Duration answer) {
        JedisClientConfig config = DefaultJedisClientConfig.builder(server(uri))
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
        return MasterConnections.client(master, config, pool);
    }

    private RedisCredentials credentials() {
        URI now = server(uri);
        return new DefaultRedisCredentials(JedisURIHelper.getUser(now), JedisURIHelper.getPassword(now));
    }

    /// For a thread that reads with `BLOCK`: it needs a connection of its own, and an end to its wait: without one it
    /// would hang for ever on a connection that died silently.
    public RedisClient openBlocking(String name, Duration block) {
        Duration timeout = Duration.ofSeconds(3);
        return open(name, 1, timeout, block.plus(timeout)); // a pipeline knows no other timeout than for any answer
    }

    /// Who else holds what this client's master holds.
    ///
    /// @throws JedisException when the master does not answer
    public Replicas replicas(RedisClient redis) {
        return Replicas.of(MasterConnections.replication(redis), master.replicas());
    }

    /// Whether another server may become the master without a word to us.
    public boolean mayFailOver() {
        return !(master instanceof MasterAddress.Fixed);
    }

    /// Without the password.
    @Override
    public String toString() {
        return "RedisConnections[" + master + "]";
    }
}
