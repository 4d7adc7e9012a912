package dev.twotick.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.JedisURIHelper;

/// A master, its replicas and Sentinels that watch them, all on 127.0.0.1, each a process of its own. Servers are
/// known by the address of a proxy, so that replication can be late. They and the Sentinels have passwords, not the
/// same.
public final class RedisSentinels implements ReplicatedRedis {
    /// The Sentinels' own.
    public static final String PASSWORD = "of the Sentinels";

    private static final String MASTER = "main";
    private static final String SERVERS_PASSWORD = "of-the-servers";

    private final Path home;
    private final List<Server> servers = new ArrayList<>();
    private final List<Integer> ports = new ArrayList<>();
    private final List<Process> sentinels = new ArrayList<>();

    /// @param redis the process
    /// @param port  the proxy's, by which all others know it
    private record Server(LocalRedis redis, ReplicationProxy proxy, int port) {}

    private RedisSentinels(Path home) {
        this.home = home;
    }

    /// @param home a folder for these alone
    /// @param quorum of the Sentinels, which are one fewer than twice as many
    public static RedisSentinels start(Path home, int replicas, int quorum) {
        var all = new RedisSentinels(home);
        try {
            for (int n = 0; n <= replicas; n++) {
                all.startServer(n);
            }
            for (int n = 1; n < 2 * quorum; n++) {
                all.startSentinel(n, quorum);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        all.await("replicas", () -> all.known() == replicas && all.connected() == replicas);
        return all;
    }

    private void startServer(int n) throws IOException {
        int port = FreePort.any();
        var redis = LocalRedis.start(
                home.resolve("server-" + n), 0, SERVERS_PASSWORD, """
                requirepass %1$s
                masterauth %1$s
                replica-announce-ip 127.0.0.1
                replica-announce-port %2$d
                repl-diskless-sync yes
                repl-diskless-sync-delay 0
                """.formatted(SERVERS_PASSWORD, port));
        servers.add(new Server(redis, ReplicationProxy.ofRedis(port, redis.port()), port));
        if (n > 0) {
            try (var replica = connect(redis)) {
                replica.replicaof("127.0.0.1", servers.getFirst().port);
            }
        }
    }

    private void startSentinel(int n, int quorum) throws IOException {
        int port = FreePort.any();
        Path folder = Folders.makePrivate(home.resolve("sentinel-" + n));
        Path configuration = folder.resolve("sentinel.conf");
        Files.writeString(configuration, """
                bind 127.0.0.1
                port %1$d
                dir "%2$s"
                requirepass "%3$s"
                sentinel monitor %4$s 127.0.0.1 %5$d %6$d
                sentinel auth-pass %4$s %7$s
                sentinel down-after-milliseconds %4$s 1000
                sentinel failover-timeout %4$s 3000
                sentinel parallel-syncs %4$s 2
                """.formatted(
                        port, folder, PASSWORD, MASTER, servers.getFirst().port, quorum, SERVERS_PASSWORD));
        sentinels.add(new ProcessBuilder(Binaries.redis().toString(), configuration.toString(), "--sentinel")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("sentinel.log").toFile())
                .start());
        Answers.awaitListening("Sentinel", port);
        ports.add(port);
    }

    /// `redis-sentinel://…`; the Sentinels want [#PASSWORD].
    @Override
    public String url() {
        return "redis-sentinel://:" + SERVERS_PASSWORD + "@"
                + ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(",")) + "/0#" + MASTER;
    }

    /// Whoever the Sentinels say is the master; the same object until they say otherwise.
    @Override
    public LocalRedis master() {
        return serverNow().redis;
    }

    private Server serverNow() {
        int port = ask(sentinel ->
                Integer.parseInt(sentinel.sentinelGetMasterAddrByName(MASTER).getLast()));
        return servers.stream().filter(one -> one.port == port).findFirst().orElseThrow();
    }

    /// A connection of its own to the master; the caller closes it.
    public Jedis jedis() {
        return connect(master());
    }

    private static Jedis connect(LocalRedis server) {
        URI uri = URI.create(server.url());
        return new Jedis(
                JedisURIHelper.getHostAndPort(uri),
                DefaultJedisClientConfig.builder(uri)
                        .autoNegotiateProtocol(false) // it would say at each connection that it cannot
                        .build());
    }

    @Override
    public List<LocalRedis> servers() {
        return servers.stream().map(Server::redis).toList();
    }

    @Override
    public void late(Duration time) {
        servers.forEach(server -> server.proxy.late(time));
    }

    /// The master is heard by no replica any more; it does not notice.
    public void holdReplication() {
        serverNow().proxy.hold();
    }

    public void letReplicationGo() {
        servers.forEach(server -> server.proxy.goOn());
    }

    @Override
    public void failOver() {
        var old = master();
        await(
                "a failover",
                () -> ask(sentinel -> {
                    try {
                        return sentinel.sentinelFailover(MASTER).equals("OK");
                    } catch (JedisException notYet) { // of the last one something is left to do
                        return false;
                    }
                }));
        awaitAnother(old);
    }

    /// Returns when the Sentinels have another master than that, which answers as one.
    public void awaitAnother(LocalRedis old) {
        await("another master", () -> {
            try (var jedis = jedis()) {
                return master() != old && jedis.role().getFirst().equals("master");
            }
        });
    }

    @Override
    public void awaitReplicas() {
        letReplicationGo();
        await("replicas", () -> connected() == servers.size() - 1);
    }

    private int known() {
        return ask(sentinel -> Integer.parseInt(sentinel.sentinelMaster(MASTER).get("num-slaves")));
    }

    private int connected() {
        try (var jedis = jedis()) {
            return (int) jedis.info("replication")
                    .lines()
                    .filter(line -> line.startsWith("slave") && line.contains("state=online"))
                    .count();
        }
    }

    private interface Question<T> {
        T of(Jedis sentinel);
    }

    private <T> T ask(Question<T> question) {
        var config = DefaultJedisClientConfig.builder()
                .password(PASSWORD)
                .autoNegotiateProtocol(false)
                .build();
        try (var sentinel = new Jedis(new HostAndPort("127.0.0.1", ports.getFirst()), config)) {
            return question.of(sentinel);
        }
    }

    private interface Condition {
        boolean holds();
    }

    private void await(String what, Condition condition) {
        Answers.await(what, () -> {
            if (!condition.holds()) {
                throw new JedisException(what + ": not yet; see " + home);
            }
        });
    }

    @Override
    public void close() {
        sentinels.forEach(sentinel -> sentinel.destroyForcibly().onExit().join());
        for (var server : servers) {
            server.redis.resume();
            server.redis.kill();
            try {
                server.proxy.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
