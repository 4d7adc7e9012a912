package dev.twotick.queue;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What answers at `TWOTICK_REDIS_URL`. A node of a Cluster, or a Sentinel, answers like a Redis and takes nothing that
/// Twotick has for it.
public final class RedisKind {
    /// Valkey calls it `server_mode`.
    private static final Pattern MODE = Pattern.compile("^(?:redis|server)_mode:(\\w+)", Pattern.MULTILINE);

    private RedisKind() {}

    /// @param asked what `TWOTICK_REDIS_URL` says it is
    /// @param server what it says to `INFO server`
    /// @return what it is, and what to do instead; empty when it may be used
    public static Optional<String> unfit(RedisConnections asked, String server) {
        Matcher mode = MODE.matcher(server);
        return !mode.find() || asked.isCluster()
                ? Optional.empty()
                : switch (mode.group(1)) {
                    case "cluster" ->
                        Optional.of("TWOTICK_REDIS_URL leads to a node of a Redis Cluster, of which it must not ask"
                                + " everything: write redis-cluster://host:port,host:port with some of its nodes, or"
                                + " give it a Redis that runs alone (cluster-enabled no)");
                    case "sentinel" ->
                        Optional.of("TWOTICK_REDIS_URL leads to a Redis Sentinel, which keeps no data: write"
                                + " redis-sentinel://host:port,host:port/0#master, with all Sentinels and the name under"
                                + " which they know the master");
                    default -> Optional.empty();
                };
    }
}
