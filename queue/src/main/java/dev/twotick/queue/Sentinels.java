package dev.twotick.queue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/// Servers that watch a master and its replicas, and know which of them is the master now. One is asked, over a
/// connection that stays open; one that does not answer, or does not know, goes to the end of the line.
final class Sentinels implements MasterAddress {
    private static final Duration LATE = Duration.ofSeconds(1);

    private final String master;
    private final JedisClientConfig config;
    private final List<HostAndPort> line;
    private @Nullable Jedis open;
    private Optional<HostAndPort> last = Optional.empty();
    private long lastAt = System.nanoTime() - LATE.toNanos();
    private int replicas = 1; // while nobody has said how many

    /// @param master the name under which they know it
    /// @param config with the sentinels' own password, and a time-out of half a second or so
    Sentinels(List<HostAndPort> addresses, String master, JedisClientConfig config) {
        this.line = new ArrayList<>(addresses);
        this.master = master;
        this.config = config;
    }

    @Override
    public synchronized HostAndPort now() {
        last = Optional.empty();
        lastAt = System.nanoTime();
        HostAndPort found = ask(sentinel -> {
            List<String> address = sentinel.sentinelGetMasterAddrByName(master);
            if (address == null || address.size() != 2) {
                throw new JedisException("knows no master of that name");
            }
            return new HostAndPort(address.getFirst(), Integer.parseInt(address.getLast()));
        });
        last = Optional.of(found);
        return found;
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
            replicas = ask(
                    sentinel -> Integer.parseInt(sentinel.sentinelMaster(master).getOrDefault("num-slaves", "0")));
        } catch (NoMaster e) {
            // the master itself may well go on
        }
        return replicas;
    }

    /// Once more than they are: the connection that is open may have slept through its sentinel's restart.
    private <T> T ask(Function<Jedis, T> question) {
        String why = "";
        for (int tries = 0; tries <= line.size(); tries++) {
            try {
                return question.apply(connected());
            } catch (JedisException | NumberFormatException e) {
                why = line.getFirst() + " " + reason(e);
                disconnect();
                Collections.rotate(line, -1);
            }
        }
        throw new NoMaster("no Sentinel says where the master " + master + " is, the last one asked: " + why);
    }

    /// What it answered names no data; the rest of a long answer is left out all the same.
    private static String reason(RuntimeException e) {
        String said = String.valueOf(e.getMessage());
        if (e instanceof JedisDataException && (said.startsWith("NOAUTH") || said.startsWith("WRONGPASS"))) {
            return "wants another password: TWOTICK_REDIS_SENTINEL_PASSWORD";
        }
        return e instanceof JedisDataException ? "answers " + said.split(" ", 2)[0] : "does not answer, or " + said;
    }

    @Override
    public String toString() {
        return master + " of " + line;
    }

    private Jedis connected() {
        Jedis sentinel = open;
        if (sentinel == null) {
            sentinel = new Jedis(line.getFirst(), config);
            open = sentinel;
        }
        return sentinel;
    }

    private void disconnect() {
        try (Jedis _ = open) {
            open = null;
        } catch (JedisException e) {
            // it was broken
        }
    }
}
