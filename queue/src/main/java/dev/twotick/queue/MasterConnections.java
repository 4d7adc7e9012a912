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
/// one, which answers as a replica: reads, too, with what it last heard. So each second every idle connection
/// is asked for its server's role, and a replica's is closed; one that is never idle is told by the answers to
/// its writes ([#takesNoWrites]). Where Sentinels or a Cluster's nodes know the master, they are asked for each
/// new connection, and each second whether the server of an idle one is still it: a master that was cut off, or
/// hung, does not know that it is none any more.
public final class MasterConnections extends ConnectionFactory {
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final HostAndPort NOWHERE = new HostAndPort("localhost", 1); // makeObject knows where
    private static final CommandObject<String> ROLE =
            new CommandObject<>(new CommandArguments(Command.INFO).add("replication"), BuilderFactory.STRING);

    private final MasterAddress master;
    private final JedisClientConfig config;

    private MasterConnections(MasterAddress master, JedisClientConfig config) {
        super(NOWHERE, config);
        this.master = master;
        this.config = config;
    }

    static RedisClient client(MasterAddress master, JedisClientConfig config, ConnectionPoolConfig pool) {
        pool.setTestWhileIdle(true);
        pool.setTimeBetweenEvictionRuns(LOOK);
        pool.setNumTestsPerEvictionRun(-1); // all of them
        return RedisClient.builder()
                .hostAndPort(NOWHERE)
                .clientConfig(config)
                .connectionProvider(new PooledConnectionProvider(new MasterConnections(master, config), pool))
                .build();
    }

    /// Whom another names is asked, too: it may not have heard of its own promotion, or of its end.
    @Override
    public PooledObject<Connection> makeObject() throws Exception {
        HostAndPort address = master.now();
        PooledObject<Connection> made = open(address);
        if (!(master instanceof MasterAddress.Fixed) && isReplicas(made.getObject())) {
            destroyObject(made);
            master.doubt();
            throw new NoMaster(address + " is to be the master, and is a replica still");
        }
        return made;
    }

    private PooledObject<Connection> open(HostAndPort address) throws Exception {
        try {
            return new ConnectionFactory(address, config).makeObject();
        } catch (JedisException e) {
            master.doubt();
            throw e;
        }
    }

    @Override
    public boolean validateObject(PooledObject<Connection> pooled) {
        Connection connection = pooled.getObject();
        try {
            return master.ofLate().map(connection.getHostAndPort()::equals).orElse(true) && !isReplicas(connection);
        } catch (JedisException e) {
            return false;
        }
    }

    private static boolean isReplicas(Connection connection) {
        try {
            return isReplica(connection.executeCommand(ROLE));
        } catch (JedisDataException e) {
            return false; // not ours to ask here
        }
    }

    static String replication(RedisClient redis) {
        return redis.info("replication");
    }

    private static boolean isReplica(String info) {
        return info.contains("role:slave");
    }

    /// A replica, a server that is only starting, a master without its replicas or without a disk, one whose
    /// slot lies elsewhere or is on its way there: another may be the master by now. One without memory is not
    /// among them.
    public static boolean takesNoWrites(JedisDataException e) {
        String answer = String.valueOf(e.getMessage());
        return Stream.of(
                        "READONLY",
                        "MASTERDOWN",
                        "LOADING",
                        "NOREPLICAS",
                        "MISCONF",
                        "MOVED",
                        "ASK",
                        "TRYAGAIN",
                        "CLUSTERDOWN")
                .anyMatch(answer::startsWith);
    }

    /// Throws unless the server would take a write now; writes nothing.
    ///
    /// @return whether it has memory for one
    public static boolean rehearseWrite(Partition partition) {
        RedisClient redis = partition.redis();
        if (isReplica(replication(redis))) {
            throw new JedisDataException("READONLY as a replica");
        }
        try {
            redis.setrange(
                    partition.keys().probe(), 0, ""); // of nothing, into nothing: refused like any write, and no write
            return true;
        } catch (JedisDataException e) {
            if (takesNoWrites(e)) {
                throw e;
            }
            return !String.valueOf(e.getMessage()).startsWith("OOM"); // else not ours to ask here
        }
    }
}
