package dev.twotick.queue;

import java.time.Duration;
import java.util.stream.Stream;
import org.apache.commons.pool2.PooledObject;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionFactory;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.providers.PooledConnectionProvider;

/// After a failover the address leads to the new master, while connections that were open lead on to the old
/// one, which answers as a replica: reads, too, with what it last heard. So each second every idle connection is asked
/// for its server's role, and a replica's is closed; one that is never idle is told by the answers to its writes
/// ([#takesNoWrites]).
public final class MasterConnections extends ConnectionFactory {
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final CommandObject<String> ROLE =
            new CommandObject<>(new CommandArguments(Command.INFO).add("replication"), BuilderFactory.STRING);

    private MasterConnections(HostAndPort address, JedisClientConfig config) {
        super(address, config);
    }

    static RedisClient client(HostAndPort address, JedisClientConfig config, ConnectionPoolConfig pool) {
        pool.setTestWhileIdle(true);
        pool.setTimeBetweenEvictionRuns(LOOK);
        pool.setNumTestsPerEvictionRun(-1); // all of them
        return RedisClient.builder()
                .hostAndPort(address)
                .clientConfig(config)
                .connectionProvider(new PooledConnectionProvider(new MasterConnections(address, config), pool))
                .build();
    }

    @Override
    public boolean validateObject(PooledObject<Connection> pooled) {
        try {
            return !isReplica(pooled.getObject().executeCommand(ROLE));
        } catch (JedisDataException e) {
            return true; // not ours to ask here
        } catch (JedisException e) {
            return false;
        }
    }

    private static boolean isReplica(String info) {
        return info.contains("role:slave");
    }

    /// A replica, a server that is only starting, a master without its replicas or without a disk: another may be the
    /// master by now. One without memory is not among them.
    public static boolean takesNoWrites(JedisDataException e) {
        String answer = String.valueOf(e.getMessage());
        return Stream.of("READONLY", "MASTERDOWN", "LOADING", "NOREPLICAS", "MISCONF")
                .anyMatch(answer::startsWith);
    }

    /// Throws unless the server would take a write now; writes nothing.
    ///
    /// @return whether it has memory for one
    public static boolean rehearseWrite(RedisClient redis) {
        if (isReplica(redis.info("replication"))) {
            throw new JedisDataException("READONLY as a replica");
        }
        try {
            redis.setrange(RedisKeys.PROBE, 0, ""); // of nothing, into nothing: refused like any write, and no write
            return true;
        } catch (JedisDataException e) {
            if (takesNoWrites(e)) {
                throw e;
            }
            return !String.valueOf(e.getMessage()).startsWith("OOM"); // else not ours to ask here
        }
    }
}
