package dev.twotick.queue;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;

/// `redis-sentinel://[[user]:password@]host[:port][,host[:port]…][/db][?…]#master`, as other clients write it too;
/// with `rediss-sentinel` servers and Sentinels speak TLS. User and password are the servers'. Jedis parses no such
/// URL.
///
/// @param server    a URL as of a server alone, whose address leads nowhere
/// @param sentinels where they listen, 26379 unless it says so
/// @param master    the name under which they know it
record SentinelUrl(URI server, List<HostAndPort> sentinels, String master) {
    private static final int TIMEOUT_MS = 500;
    private static final Pattern HOST = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^:\\[\\]]+)(?::(\\d{1,5}))?");

    SentinelUrl {
        sentinels = List.copyOf(sentinels);
    }

    static boolean isOne(URI uri) {
        return "redis-sentinel".equals(uri.getScheme()) || "rediss-sentinel".equals(uri.getScheme());
    }

    /// @throws IllegalArgumentException when it is none; the message repeats nothing of it
    static SentinelUrl parse(URI uri) {
        String authority = Optional.ofNullable(uri.getRawAuthority()).orElse("");
        String master = Optional.ofNullable(uri.getFragment()).orElse("");
        if (master.isBlank()) {
            throw new IllegalArgumentException("a Sentinel's URL ends with #, and the name of the master behind it");
        }
        int at = authority.lastIndexOf('@') + 1;
        List<HostAndPort> sentinels = Arrays.stream(authority.substring(at).split(",", -1))
                .map(SentinelUrl::address)
                .toList();
        URI server = URI.create(scheme(uri) + "://" + authority.substring(0, at) + "whoever-is-the-master:6379"
                + Optional.ofNullable(uri.getRawPath()).orElse("") + query(uri.getRawQuery()));
        return new SentinelUrl(server, sentinels, master);
    }

    private static HostAndPort address(String text) {
        Matcher host = HOST.matcher(text.strip());
        if (!host.matches()) {
            throw new IllegalArgumentException("not a list of host:port");
        }
        return new HostAndPort(host.group(1), host.group(2) == null ? 26_379 : Integer.parseInt(host.group(2)));
    }

    private static String scheme(URI uri) {
        return "rediss-sentinel".equals(uri.getScheme()) ? "rediss" : "redis";
    }

    private static String query(@Nullable String raw) {
        return raw == null ? "" : "?" + raw;
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
