package dev.twotick.queue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toSet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;

/// The nodes of a Cluster, each of which knows who is the master of a slot now.
final class ClusterNodes {
    private static final Duration LATE = Duration.ofSeconds(1);
    private static final int SLOTS_FIELD = 8;

    private final Informants nodes;
    private List<Range> ranges = List.of();
    private long askedAt = System.nanoTime() - LATE.toNanos();

    /// @param config the servers'
    ClusterNodes(List<HostAndPort> addresses, JedisClientConfig config) {
        this.nodes = new Informants(addresses, config, "TWOTICK_REDIS_URL");
    }

    /// @param all its master first
    private record Range(long first, long last, List<HostAndPort> all, String masterId) {
        boolean has(int slot) {
            return first <= slot && slot <= last;
        }
    }

    /// Of the partition that lies in that slot.
    MasterAddress masterOf(int slot) {
        return new Owner(this, slot);
    }

    private record Owner(ClusterNodes nodes, int slot) implements MasterAddress {
        @Override
        public HostAndPort now() {
            return nodes.now(slot);
        }

        @Override
        public Optional<HostAndPort> ofLate() {
            return nodes.ofLate(slot);
        }

        @Override
        public int replicas() {
            return nodes.replicas(slot);
        }

        @Override
        public void doubt() {
            nodes.doubt();
        }

        @Override
        public String toString() {
            return "slot " + slot + " of " + nodes;
        }
    }

    private synchronized HostAndPort now(int slot) {
        refresh();
        return range(slot)
                .map(range -> range.all.getFirst())
                .orElseThrow(() -> new NoMaster("no master of the Cluster has slot " + slot));
    }

    private synchronized Optional<HostAndPort> ofLate(int slot) {
        if (System.nanoTime() - askedAt > LATE.toNanos()) {
            try {
                refresh();
            } catch (NoMaster e) {
                return Optional.empty();
            }
        }
        return range(slot).map(range -> range.all.getFirst());
    }

    private synchronized void doubt() {
        nodes.next();
    }

    private Optional<Range> range(int slot) {
        return ranges.stream().filter(range -> range.has(slot)).findFirst();
    }

    private void refresh() {
        ranges = List.of();
        askedAt = System.nanoTime();
        ranges = nodes.ask("no node of the Cluster says who the masters are", this::ranges);
        nodes.learn(ranges.stream().flatMap(range -> range.all.stream()).collect(toSet()));
    }

    private List<Range> ranges(Jedis node) {
        List<Range> found = new ArrayList<>();
        for (Object one : (List<?>) node.sendCommand(Command.CLUSTER, "SLOTS")) { // SHARDS came with 7.0
            List<?> range = (List<?>) one;
            List<HostAndPort> all = range.stream()
                    .skip(2)
                    .map(server -> address((List<?>) server))
                    .toList();
            String id = new String((byte[]) ((List<?>) range.get(2)).get(2), UTF_8);
            found.add(new Range((Long) range.get(0), (Long) range.get(1), all, id));
        }
        return found;
    }

    /// One that does not know its own leaves it out.
    private HostAndPort address(List<?> server) {
        String host = server.getFirst() instanceof byte[] name ? new String(name, UTF_8) : "";
        return new HostAndPort(host.isEmpty() ? nodes.current().getHost() : host, ((Long) server.get(1)).intValue());
    }

    /// Those that are the master's, also while they are away, and every master without a slot: one that was
    /// replaced, and has not come back, is nobody's yet, and may be this one's successor a moment after it
    /// does. What is gone for good counts until the Cluster is told to forget it.
    ///
    /// @throws NoMaster when nobody answers, or nobody has that slot
    private synchronized int replicas(int slot) {
        String master = range(slot)
                .map(Range::masterId)
                .orElseThrow(() -> new NoMaster("no master of the Cluster has slot " + slot));
        String known = nodes.ask("no node of the Cluster says which others there are", Jedis::clusterNodes);
        return (int) known.lines()
                .map(line -> line.split(" ", -1))
                .filter(node -> node[3].equals(master) || (node[2].contains("master") && node.length <= SLOTS_FIELD))
                .count();
    }

    @Override
    public String toString() {
        return nodes.toString();
    }
}
