package dev.twotick.stores;

import java.time.Duration;
import java.util.List;

/// Redis servers of which another becomes the master when the master fails, or when it is told to.
public interface ReplicatedRedis extends AutoCloseable {
    /// For `TWOTICK_REDIS_URL`.
    String url();

    /// Whoever is the master of this moment; the same object until another is.
    LocalRedis master();

    List<LocalRedis> servers();

    /// Replication of every master comes so much later.
    void late(Duration time);

    /// A planned failover, as an operator orders it. Returns when another is the master.
    void failOver();

    /// Returns when every server runs, and every replica has caught up.
    void awaitReplicas();

    @Override
    void close();
}
