package dev.twotick.queue;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;

/// `redis-sentinel://[[user]:password@]host[:port][,host[:port]…][/db][?…]#master`, as other clients write it too;
/// with `rediss-sentinel` servers and Sentinels speak TLS. User and password are the servers'.
///
/// @param server    a URL as of a server alone, whose address leads nowhere
/// @param sentinels where they listen, 26379 unless it says so
/// @param master    the name under which they know it
record SentinelUrl(URI server, List<HostAndPort> sentinels, String master) {
    private static final int TIMEOUT_MS = 500;

    SentinelUrl {
        sentinels = List.copyOf(sentinels);
    }

    static boolean isOne(URI uri) {
        return "redis-sentinel".equals(uri.getScheme()) || "rediss-sentinel".equals(uri.getScheme());
    }

    /// @throws IllegalArgumentException when it is none; the message repeats nothing of it
    static SentinelUrl parse(URI uri) {
        String master = Optional.ofNullable(uri.getFragment()).orElse("");
        if (master.isBlank()) {
            throw new IllegalArgumentException("a Sentinel's URL ends with #, and the name of the master behind it");
        }
        return new SentinelUrl(HostsUrl.server(uri), HostsUrl.hosts(uri, 26_379), master);
    }

    /// @param password their own, or empty
    Sentinels sentinels(String password) {
        URI own = URI.create(server.getScheme() + "://a-sentinel:26379");
        JedisClientConfig config = DefaultJedisClientConfig.builder(own)
                .password(password.isEmpty() ? null : password)
                .clientName("twotick")
                .autoNegotiateProtocol(false) // it would say at each connection that it cannot
                .connectionTimeoutMillis(TIMEOUT_MS)
                .socketTimeoutMillis(TIMEOUT_MS)
                .build();
        return new Sentinels(sentinels, master, config);
    }
}
