package dev.twotick.queue;

import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

/// A stream, what belongs to it, and the way to the server that is its master at the moment. A Redis alone has
/// one, a Cluster several ([RedisConnections]).
public final class Partition implements AutoCloseable {
    private final RedisKeys keys;
    private final RedisClient redis;
    private final MasterAddress master;

    Partition(RedisKeys keys, RedisClient redis, MasterAddress master) {
        this.keys = keys;
        this.redis = redis;
        this.master = master;
    }

    public RedisKeys keys() {
        return keys;
    }

    public RedisClient redis() {
        return redis;
    }

    /// Who else holds what its master holds.
    ///
    /// @throws JedisException when the master does not answer
    public Replicas replicas() {
        return Replicas.of(MasterConnections.replication(redis), master.replicas());
    }

    /// Whether another server may become the master without a word to us.
    public boolean mayFailOver() {
        return !(master instanceof MasterAddress.Fixed);
    }

    /// After a failover the connections lead to the wrong server.
    public void resolveAnew() {
        redis.getPool().clear();
        master.doubt();
    }

    @Override
    public void close() {
        redis.close();
    }

    @Override
    public String toString() {
        return keys.payloads();
    }
}
