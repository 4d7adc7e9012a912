package dev.twotick.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.args.ClusterFailoverOption;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.MigrateParams;
import redis.clients.jedis.util.JedisClusterCRC16;
import redis.clients.jedis.util.JedisURIHelper;

/// A Cluster of three masters, with a replica each, all on 127.0.0.1, each a process of its own. Servers are
/// known by the address of a proxy, so that replication can be late.
public final class RedisCluster implements ReplicatedRedis {
    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;
    private static final Duration ORDER_AGAIN = Duration.ofSeconds(6);
    private static final String PASSWORD = "of-the-servers";

    private final Path home;
    private final List<Server> servers = new ArrayList<>();
    private volatile String aim = "";

    /// @param redis the process
    /// @param port  the proxy's, by which all others know it
    /// @param id    by which the others name it
    private record Server(LocalRedis redis, ReplicationProxy proxy, int port, String id) {}

    private RedisCluster(Path home) {
        this.home = home;
    }

    /// @param home a folder for these alone
    public static RedisCluster start(Path home) {
        var all = new RedisCluster(home);
        try {
            for (int n = 0; n < 2 * MASTERS; n++) {
                all.startServer(n);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        all.form();
        return all;
    }

    private void startServer(int n) throws IOException {
        int port = FreePort.any();
        int own = FreePort.withAnotherAbove(10_000); // 6.2 takes it for the others, and can be told no other
        var redis = LocalRedis.start(
                home.resolve("server-" + n), own, PASSWORD, """
                requirepass %1$s
                masterauth %1$s
                cluster-enabled yes
                cluster-node-timeout 1000
                cluster-require-full-coverage no
                cluster-allow-replica-migration no
                cluster-announce-ip 127.0.0.1
                cluster-announce-port %2$d
                cluster-announce-bus-port %3$d
                repl-diskless-sync yes
                repl-diskless-sync-delay 0
                """.formatted(PASSWORD, port, own + 10_000));
        var proxy = ReplicationProxy.ofRedis(port, own);
        try (var jedis = connect(redis)) {
            servers.add(new Server(redis, proxy, port, jedis.clusterMyId()));
        }
    }

    private void form() {
        for (int n = 0; n < MASTERS; n++) {
            int first = n * SLOTS / MASTERS;
            int end = (n + 1) * SLOTS / MASTERS;
            int[] slots = IntStream.range(first, end).toArray();
            long epoch = n + 1L;
            of(servers.get(n), jedis -> {
                jedis.clusterAddSlots(slots);
                return jedis.clusterSetConfigEpoch(epoch);
            });
        }
        for (var server : servers.subList(1, servers.size())) {
            of(
                    servers.getFirst(),
                    jedis -> jedis.sendCommand(
                            Command.CLUSTER,
                            "MEET",
                            "127.0.0.1",
                            "" + server.port,
                            "" + (server.redis.port() + 10_000)));
        }
        await(
                "acquaintance",
                () -> servers.stream()
                        .allMatch(one -> of(one, Jedis::clusterNodes)
                                        .lines()
                                        .filter(line -> line.contains(" connected") && !line.contains("handshake"))
                                        .count()
                                == servers.size()));
        for (int n = 0; n < MASTERS; n++) {
            var master = servers.get(n);
            of(servers.get(n + MASTERS), jedis -> jedis.clusterReplicate(master.id));
        }
        awaitReplicas();
    }

    /// `redis-cluster://…`
    @Override
    public String url() {
        return "redis-cluster://:" + PASSWORD + "@"
                + servers.stream().map(one -> "127.0.0.1:" + one.port).collect(Collectors.joining(","));
    }

    /// From now on the master is that of this key's slot.
    public void aimAt(String key) {
        aim = key;
    }

    /// Of the key that was aimed at.
    @Override
    public LocalRedis master() {
        return masterOf(aim);
    }

    /// Of that master.
    public LocalRedis replica() {
        return replicaOf(owner(aim)).redis;
    }

    private Server replicaOf(Server master) {
        return servers.stream()
                .filter(one -> of(
                        one,
                        jedis -> jedis.clusterNodes()
                                .lines()
                                .anyMatch(line -> line.contains("myself,slave " + master.id))))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public List<LocalRedis> servers() {
        return servers.stream().map(Server::redis).toList();
    }

    private LocalRedis masterOf(String key) {
        return owner(key).redis;
    }

    private Server owner(String key) {
        int slot = JedisClusterCRC16.getSlot(key);
        for (Server asked : servers) {
            try {
                for (Object one : (List<?>) of(asked, jedis -> jedis.sendCommand(Command.CLUSTER, "SLOTS"))) {
                    var range = (List<?>) one;
                    if ((Long) range.get(0) <= slot && slot <= (Long) range.get(1)) {
                        var port = (Long) ((List<?>) range.get(2)).get(1);
                        return servers.stream()
                                .filter(server -> server.port == port)
                                .findFirst()
                                .orElseThrow();
                    }
                }
            } catch (JedisException away) {
                // another may know
            }
        }
        throw new JedisException("nobody has the slot of " + key);
    }

    /// A connection of its own to the key's master; the caller closes it.
    public Jedis jedis(String key) {
        return connect(masterOf(key));
    }

    /// Of all masters, sorted.
    public List<String> keys(String pattern) {
        return masters().stream()
                .flatMap(master -> of(master, jedis -> jedis.keys(pattern)).stream())
                .sorted()
                .toList();
    }

    private static Jedis connect(LocalRedis server) {
        URI uri = URI.create(server.url());
        return new Jedis(
                JedisURIHelper.getHostAndPort(uri),
                DefaultJedisClientConfig.builder(uri)
                        .socketTimeoutMillis(500) // it may hang
                        .autoNegotiateProtocol(false) // it would say at each connection that it cannot
                        .build());
    }

    @Override
    public void late(Duration time) {
        servers.forEach(server -> server.proxy.late(time));
    }

    @Override
    public void failOver() {
        failOver(Jedis::clusterFailover);
    }

    /// Without the master's consent: what it has not passed on is forgotten.
    public void forceFailOver() {
        failOver(replica -> replica.clusterFailover(ClusterFailoverOption.FORCE));
    }

    /// It gives up after five seconds, perhaps on a busy machine; then it is ordered again.
    private void failOver(Function<Jedis, String> order) {
        var old = master();
        var replica = replicaOf(owner(aim));
        var ordered = new AtomicLong(System.nanoTime() - ORDER_AGAIN.toNanos());
        await("a failover", () -> {
            if (master() == old && System.nanoTime() - ordered.get() >= ORDER_AGAIN.toNanos()) {
                ordered.set(System.nanoTime());
                of(replica, order);
            }
            return master() != old;
        });
        awaitAnother(old);
    }

    /// Returns when there is another master than that, which answers as one.
    public void awaitAnother(LocalRedis old) {
        await("another master", () -> {
            try (var jedis = jedis(aim)) {
                return master() != old && jedis.role().getFirst().equals("master");
            }
        });
    }

    /// Moves the slot to another master, as `redis-cli --cluster reshard` does it.
    public void moveSlot() {
        int slot = JedisClusterCRC16.getSlot(aim);
        var from = owner(aim);
        var to = masters().stream().filter(one -> !one.equals(from)).findFirst().orElseThrow();
        of(to, jedis -> jedis.clusterSetSlotImporting(slot, from.id));
        of(from, jedis -> jedis.clusterSetSlotMigrating(slot, to.id));
        var left = of(from, jedis -> jedis.clusterGetKeysInSlotBinary(slot, 100));
        while (!left.isEmpty()) {
            var keys = left.toArray(byte[][]::new);
            of(
                    from,
                    jedis -> jedis.migrate(
                            "127.0.0.1",
                            to.port,
                            10_000,
                            MigrateParams.migrateParams().auth(PASSWORD),
                            keys));
            left = of(from, jedis -> jedis.clusterGetKeysInSlotBinary(slot, 100));
        }
        of(to, jedis -> jedis.clusterSetSlotNode(slot, to.id));
        masters().stream()
                .filter(one -> !one.equals(to))
                .forEach(one -> of(one, jedis -> jedis.clusterSetSlotNode(slot, to.id)));
    }

    private List<Server> masters() {
        return servers.stream()
                .filter(one -> of(one, jedis -> jedis.role().getFirst().equals("master")))
                .toList();
    }

    @Override
    public void awaitReplicas() {
        await("replicas", () -> servers.stream().allMatch(this::sees));
    }

    /// Whether it says that there are three masters with a replica each, and none fails.
    private boolean sees(Server server) {
        Map<String, Integer> replicas = new HashMap<>();
        of(server, Jedis::clusterNodes).lines().map(line -> line.split(" ", -1)).forEach(node -> {
            if (!node[2].contains("fail")) {
                replicas.merge(node[2].contains("slave") ? node[3] : node[0], 1, Integer::sum);
            }
        });
        boolean ok = of(server, Jedis::clusterInfo).contains("cluster_state:ok");
        boolean synced = of(server, jedis -> jedis.info("replication"))
                .lines()
                .anyMatch(line -> line.startsWith("master_link_status:up") || line.contains("state=online"));
        return ok
                && synced
                && replicas.size() == MASTERS
                && replicas.values().stream().allMatch(n -> n == 2);
    }

    private static <T> T of(Server server, Function<Jedis, T> question) {
        try (var jedis = connect(server.redis)) {
            return question.apply(jedis);
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
