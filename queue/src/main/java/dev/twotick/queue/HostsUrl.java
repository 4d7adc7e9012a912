package dev.twotick.queue;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.HostAndPort;

/// What [SentinelUrl] and [ClusterUrl] have in common: several hosts, with commas between. Jedis parses no such
/// URL.
final class HostsUrl {
    private static final Pattern HOST = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^:\\[\\]]+)(?::(\\d{1,5}))?");

    private HostsUrl() {}

    /// A URL as of a server alone, with the user and password of all, whose address leads nowhere.
    static URI server(URI uri) {
        String authority = authority(uri);
        String scheme = uri.getScheme().startsWith("rediss") ? "rediss" : "redis";
        String query =
                Optional.ofNullable(uri.getRawQuery()).map(text -> "?" + text).orElse("");
        return URI.create(scheme + "://" + authority.substring(0, hostsBegin(authority)) + "whoever-is-the-master:6379"
                + path(uri) + query);
    }

    /// @param port where none is written
    /// @throws IllegalArgumentException when it is no such list; the message repeats nothing of it
    static List<HostAndPort> hosts(URI uri, int port) {
        String authority = authority(uri);
        return Arrays.stream(authority.substring(hostsBegin(authority)).split(",", -1))
                .map(text -> address(text, port))
                .toList();
    }

    static String path(URI uri) {
        return Optional.ofNullable(uri.getRawPath()).orElse("");
    }

    private static String authority(URI uri) {
        return Optional.ofNullable(uri.getRawAuthority()).orElse("");
    }

    private static int hostsBegin(String authority) {
        return authority.lastIndexOf('@') + 1;
    }

    private static HostAndPort address(String text, int unlessWritten) {
        Matcher host = HOST.matcher(text.strip());
        if (!host.matches()) {
            throw new IllegalArgumentException("not a list of host:port");
        }
        return new HostAndPort(host.group(1), host.group(2) == null ? unlessWritten : Integer.parseInt(host.group(2)));
    }
}
