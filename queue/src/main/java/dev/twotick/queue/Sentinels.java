package dev.twotick.queue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisException;

/// Servers that watch a master and its replicas, and know which of them is the master now.
final class Sentinels implements MasterAddress {
    private static final Duration LATE = Duration.ofSeconds(1);

    private final String master;
    private final Informants sentinels;
    private Optional<HostAndPort> last = Optional.empty();
    private long lastAt = System.nanoTime() - LATE.toNanos();
    private int replicas = 1; // while nobody has said how many

    /// @param master the name under which they know it
    /// @param config with the sentinels' own password
    Sentinels(List<HostAndPort> addresses, String master, JedisClientConfig config) {
        this.sentinels = new Informants(addresses, config, "TWOTICK_REDIS_SENTINEL_PASSWORD");
        this.master = master;
    }

    @Override
    public synchronized HostAndPort now() {
        last = Optional.empty();
        lastAt = System.nanoTime();
        HostAndPort found = sentinels.ask(nobodySays(), sentinel -> {
            List<String> address = sentinel.sentinelGetMasterAddrByName(master);
            if (address == null || address.size() != 2) {
                throw new JedisException("knows no master of that name");
            }
            return new HostAndPort(address.getFirst(), Integer.parseInt(address.getLast()));
        });
        last = Optional.of(found);
        return found;
    }

    private String nobodySays() {
        return "no Sentinel says where the master " + master + " is";
    }

    @Override
    public synchronized Optional<HostAndPort> ofLate() {
        if (System.nanoTime() - lastAt > LATE.toNanos()) {
            try {
                return Optional.of(now());
            } catch (NoMaster e) {
                return Optional.empty();
            }
        }
        return last;
    }

    /// They forget none that they ever saw, unless they are told to (`SENTINEL RESET`). While none of them answers,
    /// what the last one said.
    @Override
    public synchronized int replicas() {
        try {
            replicas = sentinels.ask(
                    nobodySays(),
                    sentinel -> Integer.parseInt(sentinel.sentinelMaster(master).getOrDefault("num-slaves", "0")));
        } catch (NoMaster e) {
            // the master itself may well go on
        }
        return replicas;
    }

    @Override
    public String toString() {
        return master + " of " + sentinels;
    }
}
