package dev.twotick.worker.consume;

import java.time.Duration;
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

/// After a failover the address leads to the new master, while connections that were open lead on to the old one, which
/// answers as a replica: reads, too, with what it last heard. So each second every idle connection is asked for its
/// server's role, and a replica's is closed. Who works without a pause learns it from the answers to its writes.
final class MasterConnections extends ConnectionFactory {
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
            return !pooled.getObject().executeCommand(ROLE).contains("role:slave");
        } catch (JedisDataException e) {
            return true; // not ours to ask here
        } catch (JedisException e) {
            return false;
        }
    }
}
