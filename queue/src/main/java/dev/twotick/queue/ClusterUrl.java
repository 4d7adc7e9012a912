package dev.twotick.queue;

import java.net.URI;
import java.util.List;
import redis.clients.jedis.HostAndPort;

/// `redis-cluster://[[user]:password@]host[:port][,host[:port]…][?…]`; with `rediss-cluster` all speak TLS. The
/// nodes that it names say which others there are.
///
/// @param server a URL as of a server alone, whose address leads nowhere
/// @param nodes  where they listen, 6379 unless it says so
record ClusterUrl(URI server, List<HostAndPort> nodes) {
    ClusterUrl {
        nodes = List.copyOf(nodes);
    }

    static boolean isOne(URI uri) {
        return "redis-cluster".equals(uri.getScheme()) || "rediss-cluster".equals(uri.getScheme());
    }

    /// @throws IllegalArgumentException when it is none; the message repeats nothing of it
    static ClusterUrl parse(URI uri) {
        if (uri.getRawFragment() != null || !List.of("", "/", "/0").contains(HostsUrl.path(uri))) {
            throw new IllegalArgumentException("a Cluster has no database but 0, and its URL ends behind the nodes");
        }
        return new ClusterUrl(HostsUrl.server(uri), HostsUrl.hosts(uri, 6379));
    }
}
