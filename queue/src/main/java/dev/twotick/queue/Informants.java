package dev.twotick.queue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/// Servers of which each knows where a master is. One is asked, over a connection that stays open; one that
/// does not answer, or does not know, goes to the end of the line.
///
/// For one thread at a time.
final class Informants {
    private final JedisClientConfig config;
    private final String passwordSetting;
    private final List<HostAndPort> named;
    private final List<HostAndPort> line;
    private @Nullable Jedis open;

    /// @param config          with a time-out of half a second or so
    /// @param passwordSetting where their password stands
    Informants(List<HostAndPort> addresses, JedisClientConfig config, String passwordSetting) {
        this.named = List.copyOf(addresses);
        this.line = new ArrayList<>(addresses);
        this.config = config;
        this.passwordSetting = passwordSetting;
    }

    /// Once more than they are: the connection that is open may have slept through its server's restart.
    ///
    /// @param nobodySays what a [NoMaster] begins with
    <T> T ask(String nobodySays, Function<Jedis, T> question) {
        String why = "";
        for (int tries = 0; tries <= line.size(); tries++) {
            try {
                return question.apply(connected());
            } catch (JedisException | NumberFormatException e) {
                why = line.getFirst() + " " + reason(e);
                next();
            }
        }
        throw new NoMaster(nobodySays + ", the last one asked: " + why);
    }

    /// Whoever is asked, or was asked last.
    HostAndPort current() {
        return line.getFirst();
    }

    /// Asks another the next time: what the last one said was of no use.
    void next() {
        disconnect();
        Collections.rotate(line, -1);
    }

    /// Beside those that were named these may be asked, and no others.
    void learn(Set<HostAndPort> others) {
        HostAndPort asked = current();
        line.removeIf(one -> !one.equals(asked) && !named.contains(one) && !others.contains(one));
        others.stream().filter(one -> !line.contains(one)).forEach(line::add);
    }

    /// What it answered names no data; the rest of a long answer is left out all the same.
    private String reason(RuntimeException e) {
        String said = String.valueOf(e.getMessage());
        if (e instanceof JedisDataException && (said.startsWith("NOAUTH") || said.startsWith("WRONGPASS"))) {
            return "wants another password: " + passwordSetting;
        }
        if (said.contains("cluster support disabled")) {
            return "is no Cluster's node: write redis:// for a Redis alone";
        }
        return e instanceof JedisDataException ? "answers " + said.split(" ", 2)[0] : "does not answer, or " + said;
    }

    private Jedis connected() {
        Jedis server = open;
        if (server == null) {
            server = new Jedis(line.getFirst(), config);
            open = server;
        }
        return server;
    }

    private void disconnect() {
        try (Jedis _ = open) {
            open = null;
        } catch (JedisException e) {
            // it was broken
        }
    }

    @Override
    public String toString() {
        return line.toString();
    }
}
