package dev.twotick.queue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toSet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;

/// The nodes of a Cluster, each of which knows who is the master of a slot now.
final class ClusterNodes {
    private static final Duration LATE = Duration.ofSeconds(1);

    private final Informants nodes;
    /// Of each slot that is asked for the ids of those that were its master, or a replica of that.
    private final Map<Integer, Set<String>> families = new HashMap<>();
    private List<Range> ranges = List.of();
    private long askedAt = System.nanoTime() - LATE.toNanos();

    /// @param config the servers'
    ClusterNodes(List<HostAndPort> addresses, JedisClientConfig config) {
        this.nodes = new Informants(addresses, config, "TWOTICK_REDIS_URL");
    }

    /// @param all its master first
    private record Range(long first, long last, List<HostAndPort> all) {
        boolean has(int slot) {
            return first <= slot && slot <= last;
        }
    }

    /// Of the partition that lies in that slot.
    synchronized MasterAddress masterOf(int slot) {
        families.put(slot, new HashSet<>());
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
        return range(slot).map(range -> range.all.getFirst()).orElseThrow(() -> nobodyHas(slot));
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
            found.add(new Range((Long) range.get(0), (Long) range.get(1), all));
        }
        return found;
    }

    /// One that does not know its own leaves it out.
    private HostAndPort address(List<?> server) {
        String host = server.getFirst() instanceof byte[] name ? new String(name, UTF_8) : "";
        return new HostAndPort(host.isEmpty() ? nodes.current().getHost() : host, ((Long) server.get(1)).intValue());
    }

    /// Those that are the master's, also while they are away, and masters without slots: one that was replaced,
    /// and has not come back, is nobody's replica yet, and may be this one's successor a moment after it does.
    /// It counts where it was seen, or everywhere if it never was. What is gone for good counts until the
    /// Cluster is told to forget it.
    ///
    /// @throws NoMaster when nobody answers, or nobody has that slot
    private synchronized int replicas(int slot) {
        List<Node> known = nodes.ask(
                "no node of the Cluster says which others there are",
                node -> node.clusterNodes().lines().map(Node::of).toList());
        families.forEach((each, family) -> master(known, each)
                .ifPresent(master -> known.stream()
                        .filter(node -> node.id.equals(master) || node.master.equals(master))
                        .forEach(node -> family.add(node.id))));
        String master = master(known, slot).orElseThrow(() -> nobodyHas(slot));
        return (int) known.stream()
                .filter(node -> node.master.equals(master) || (node.isMasterOfNothing() && mayBeOf(slot, node.id)))
                .count();
    }

    private static Optional<String> master(List<Node> known, int slot) {
        return known.stream().filter(node -> node.has(slot)).map(Node::id).findFirst();
    }

    private boolean mayBeOf(int slot, String id) {
        return families.getOrDefault(slot, Set.of()).contains(id)
                || families.values().stream().noneMatch(family -> family.contains(id));
    }

    /// Whoever said so may be no member any more: another one is asked the next time.
    private NoMaster nobodyHas(int slot) {
        nodes.next();
        return new NoMaster("no master of the Cluster has slot " + slot);
    }

    /// A line of `CLUSTER NODES`.
    ///
    /// @param master its master's id, or `-`
    /// @param slots  such as `0-5460` or `7`; in brackets what is on its way
    private record Node(String id, String flags, String master, List<String> slots) {
        static Node of(String line) {
            String[] fields = line.split(" ", -1);
            return new Node(
                    fields[0],
                    fields[2],
                    fields[3],
                    Arrays.stream(fields)
                            .skip(8)
                            .filter(range -> !range.startsWith("["))
                            .toList());
        }

        boolean isMasterOfNothing() {
            return flags.contains("master") && slots.isEmpty();
        }

        boolean has(int slot) {
            return slots.stream()
                    .map(range -> range.split("-", 2))
                    .anyMatch(ends ->
                            Integer.parseInt(ends[0]) <= slot && slot <= Integer.parseInt(ends[ends.length - 1]));
        }
    }

    @Override
    public String toString() {
        return nodes.toString();
    }
}
