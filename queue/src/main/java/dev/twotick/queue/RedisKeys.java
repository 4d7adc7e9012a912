package dev.twotick.queue;

import redis.clients.jedis.util.JedisClusterCRC16;

/// Names in Redis that both processes and every version of them share: those of one stream, and of what belongs
/// to it. A server alone has one. In a Cluster each of several has a tag in all its names, which puts them into
/// one slot, and so on one server.
///
/// @param prefix of each
public record RedisKeys(String prefix) {

    /// The one consumer group of [#payloads].
    public static final String GROUP = "workers";

    /// Channel: some worker has applied something, and acknowledges it.
    public static final String APPLIED = "twotick:applied";

    /// Of a server that is no Cluster's.
    public static final RedisKeys ALONE = new RedisKeys("twotick:");

    static final int MOST_PARTITIONS = 48;
    private static final int SLOTS = 16_384;

    /// Of the nth partition, whatever the number of all: who reads more of them than another reads the same
    /// ones, too. Masters hold slots in ranges. So the first three lie a third of all slots apart, six a sixth,
    /// and so on, halved each time; each has the first tag that lies behind its place.
    public static RedisKeys ofPartition(int n) {
        int place = n % 3 * (MOST_PARTITIONS / 3);
        int step = MOST_PARTITIONS / 6;
        for (int rest = n / 3; rest > 0; rest /= 2) {
            place += rest % 2 * step;
            step /= 2;
        }
        int tries = 0;
        RedisKeys keys = tagged(n, tries);
        while (keys.slot() * MOST_PARTITIONS / SLOTS != place) {
            tries++;
            keys = tagged(n, tries);
        }
        return keys;
    }

    private static RedisKeys tagged(int n, int tries) {
        return new RedisKeys("twotick:{p" + n + "-" + tries + "}:");
    }

    /// Of the tag: no name of ours lies in another.
    int slot() {
        return JedisClusterCRC16.getSlot(prefix);
    }

    /// Stream: logged payloads, waiting for a worker.
    public String payloads() {
        return prefix + "payloads";
    }

    /// Stream: payloads accepted while PostgreSQL was down; an upkeep job moves them to the log.
    public String toLog() {
        return prefix + "to-log";
    }

    /// Stands while Redis has its data: see [StreamState#isMarked].
    String streamMark() {
        return prefix + "stream-mark";
    }

    /// Of nothing, into nothing: see [MasterConnections#rehearseWrite].
    String probe() {
        return prefix + "probe";
    }

    /// The last link that this ingest has pushed: see its `PushChain`.
    public String pushed(String ingest) {
        return prefix + "push:" + ingest;
    }

    /// How often workers died over one entry while it was all they worked on.
    public String alone(String entry) {
        return prefix + "alone:" + entry;
    }

    /// A committed fact, before its 16 bytes of hash: what it says is believed within one epoch of the database.
    public String seen(String epoch) {
        return prefix + "seen:" + epoch + ":";
    }

    /// How many facts were remembered in that hour since 1970.
    public String seenCount(long hour) {
        return prefix + "seen-count:" + hour;
    }

    /// Where something lies that is no stream, and lay in the place of one.
    static String foreign(String stream, long epochMilli) {
        return stream + ":foreign:" + epochMilli;
    }

    /// There is one, the first partition's, as of all that follow. Hash: when `ingest` last answered that
    /// status, in milliseconds since 1970, and why.
    public String refused() {
        return prefix + "refused";
    }

    /// Hash: see [AppSecretUses].
    String appSecrets() {
        return prefix + "app-secrets";
    }

    /// Sorted set: see [LivingWorkers].
    String workers() {
        return prefix + "workers";
    }

    /// How many partitions payloads are pushed to: see [Partitions#say].
    String partitions() {
        return prefix + "partitions";
    }

    /// The furthest point of the database's log that any worker has seen.
    public String databaseLsn() {
        return prefix + "lsn";
    }
}
