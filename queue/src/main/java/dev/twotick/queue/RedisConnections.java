package dev.twotick.queue;

import dev.twotick.model.settings.LiveSettings;
import dev.twotick.model.settings.Setting.Section;
import dev.twotick.model.settings.SettingsReader;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultRedisCredentials;
import redis.clients.jedis.RedisCredentials;
import redis.clients.jedis.util.JedisURIHelper;

/// Opens connections to Redis, in one way. A client opens while Redis is away, and recovers when it is back, or when
/// another server has become the master; no call waits longer than its timeout, not for a connection of the pool
/// either.
///
/// The password may change while the process runs: new connections are opened with the new one.
public final class RedisConnections {
    private static final String FORM =
            "of the form redis://host:port, redis-sentinel://host:port,host:port/0#master behind Sentinels, or"
                    + " redis-cluster://host:port,host:port";

    private static final String NAME = "TWOTICK_REDIS_URL";
    private static final String SENTINEL_PASSWORD = "TWOTICK_REDIS_SENTINEL_PASSWORD";
    private static final String PARTITIONS = "TWOTICK_REDIS_PARTITIONS";
    /// Two on each of three masters, one on each of six.
    private static final int CLUSTER_PARTITIONS = 6;

    private static final int INFORMANT_MS = 500;

    private volatile URI uri;
    private final List<MasterOf> masters;

    /// Of a partition.
    private record MasterOf(RedisKeys keys, MasterAddress address) {}

    /// @param uri `redis://[[user]:password@]host:port[/db]`, or as [SentinelUrl] or [ClusterUrl] has it; with
    /// `rediss` for TLS
    /// @throws IllegalArgumentException when it is none of these
    public RedisConnections(URI uri) {
        this(uri, "", CLUSTER_PARTITIONS);
    }

    /// @param sentinelPassword the Sentinels' own, or empty
    /// @param partitions       of a Cluster
    public RedisConnections(URI uri, String sentinelPassword, int partitions) {
        URI server = server(uri);
        JedisURIHelper.getDBIndex(server); // throws for a path that is no number
        boolean redis = JedisURIHelper.isRedisScheme(server) || JedisURIHelper.isRedisSSLScheme(server);
        if (!redis || !JedisURIHelper.isValid(server)) {
            throw new IllegalArgumentException("not " + FORM);
        }
        this.uri = uri;
        if (ClusterUrl.isOne(uri)) {
            Duration timeout = Duration.ofMillis(INFORMANT_MS);
            ClusterNodes nodes = new ClusterNodes(
                    ClusterUrl.parse(uri).nodes(),
                    config("twotick", timeout, timeout)
                            .autoNegotiateProtocol(false) // it would say at each connection that it cannot
                            .build());
            masters = IntStream.range(0, partitions)
                    .mapToObj(RedisKeys::ofPartition)
                    .map(keys -> new MasterOf(keys, nodes.masterOf(keys.slot())))
                    .toList();
        } else {
            MasterAddress master = SentinelUrl.isOne(uri)
                    ? SentinelUrl.parse(uri).sentinels(sentinelPassword)
                    : new MasterAddress.Fixed(JedisURIHelper.getHostAndPort(uri));
            masters = List.of(new MasterOf(RedisKeys.ALONE, master));
        }
    }

    /// A server's alone, with the user and password of all.
    private static URI server(URI uri) {
        return SentinelUrl.isOne(uri)
                ? SentinelUrl.parse(uri).server()
                : ClusterUrl.isOne(uri) ? ClusterUrl.parse(uri).server() : uri;
    }

    /// Reads `TWOTICK_REDIS_URL`, `TWOTICK_REDIS_SENTINEL_PASSWORD` and `TWOTICK_REDIS_PARTITIONS`.
    public static RedisConnections read(SettingsReader settings) {
        settings.about(
                Section.STORES,
                NAME,
                "such as `redis://localhost:6379`; Redis 6.2, Valkey 7.2 or newer, that runs alone,"
                        + " `redis-sentinel://host:port,host:port/0#master` [behind Sentinels](deploy.md#redis-behind-sentinels),"
                        + " or `redis-cluster://host:port,host:port` [as a Cluster](deploy.md#redis-as-a-cluster)");
        settings.about(
                Section.STORES,
                SENTINEL_PASSWORD,
                "the Sentinels' own, where they want one; the servers' stands in the URL");
        settings.about(
                Section.STORES,
                PARTITIONS,
                CLUSTER_PARTITIONS + " in a Cluster, else 1",
                "streams that a Cluster's masters share; the same for all processes"
                        + " ([how to change it](deploy.md#another-number-of-partitions))");
        URI uri = readUri(settings);
        boolean cluster = ClusterUrl.isOne(uri);
        int partitions = settings.integer(PARTITIONS, cluster ? CLUSTER_PARTITIONS : 1, 1, RedisKeys.MOST_PARTITIONS);
        if (!cluster && partitions > 1) {
            settings.problem(PARTITIONS, "is for a Cluster, redis-cluster://: remove it, another Redis has one stream");
        }
        return new RedisConnections(uri, settings.secret(SENTINEL_PASSWORD).orElse(""), partitions);
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

    /// Pools to all streams.
    ///
    /// @param name        shown by Redis' `CLIENT LIST`
    /// @param connections to each
    /// @param timeout     to connect, and for each answer
    public Partitions open(String name, int connections, Duration timeout) {
        return open(name, connections, timeout, timeout);
    }

    /// @param connect to connect, or to get a connection of the pool
    /// @param answer  for each answer
    public Partitions open(String name, int connections, Duration connect, Duration answer) {
        return new Partitions(masters.stream()
                .map(master -> open(master, name, connections, connect, answer))
                .toList());
    }

    /// To what there is once.
    public Partition openFirst(String name, int connections, Duration timeout) {
        return open(masters.getFirst(), name, connections, timeout, timeout);
    }

    private Partition open(MasterOf master, String name, int connections, Duration connect, Duration answer) {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(connections);
        pool.setMaxIdle(connections);
        pool.setMaxWait(connect);
        pool.setJmxEnabled(false);
        return new Partition(
                master.keys,
                MasterConnections.client(
                        master.address, config(name, connect, answer).build(), pool),
                master.address);
    }

    private DefaultJedisClientConfig.Builder config(String name, Duration connect, Duration answer) {
        return DefaultJedisClientConfig.builder(server(uri))
                .credentialsProvider(this::credentials)
                .clientName(name)
                .connectionTimeoutMillis((int) connect.toMillis())
                .socketTimeoutMillis((int) answer.toMillis())
                .blockingSocketTimeoutMillis((int) answer.toMillis());
    }

    private RedisCredentials credentials() {
        URI now = server(uri);
        return new DefaultRedisCredentials(JedisURIHelper.getUser(now), JedisURIHelper.getPassword(now));
    }

    /// For a thread that reads with `BLOCK`: it needs a connection of its own, and an end to its wait: without one it
    /// would hang for ever on a connection that died silently.
    ///
    /// @param partition from 0 on
    public Partition openBlocking(String name, Duration block, int partition) {
        Duration timeout = Duration.ofSeconds(3);
        // a pipeline knows no other timeout than for any answer
        return open(masters.get(partition), name, 1, timeout, block.plus(timeout));
    }

    /// How many streams there are.
    public int partitions() {
        return masters.size();
    }

    boolean isCluster() {
        return ClusterUrl.isOne(uri);
    }

    /// Without the password.
    @Override
    public String toString() {
        return "RedisConnections[" + masters.getFirst().address + "]";
    }
}
