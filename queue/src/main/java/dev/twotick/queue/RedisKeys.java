package dev.twotick.queue;

/// Names in Redis that both processes and every version of them share.
public final class RedisKeys {

    /// Stream: logged payloads, waiting for a worker.
    public static final String PAYLOADS = "twotick:payloads";

    /// The one consumer group of [#PAYLOADS].
    public static final String GROUP = "workers";

    /// Stream: payloads accepted while PostgreSQL was down; an upkeep job moves them to the log.
    public static final String TO_LOG = "twotick:to-log";

    /// Hash: when `ingest` last answered that status, in milliseconds since 1970, and why.
    public static final String REFUSED = "twotick:refused";

    /// Hash: see [AppSecretUses].
    static final String APP_SECRETS = "twotick:app-secrets";

    /// Sorted set: see [LivingWorkers].
    static final String WORKERS = "twotick:workers";

    /// Channel: some worker has applied something, and acknowledges it.
    public static final String APPLIED = "twotick:applied";

    /// Stands while Redis has its data: see [StreamState#isMarked].
    static final String STREAM_MARK = "twotick:stream-mark";

    /// Of nothing, into nothing: see [MasterConnections#rehearseWrite].
    static final String PROBE = "twotick:probe";

    /// The furthest point of the database's log that any worker has seen.
    public static final String DATABASE_LSN = "twotick:lsn";

    /// The last link that this ingest has pushed: see its `PushChain`.
    public static String pushed(String ingest) {
        return "twotick:push:" + ingest;
    }

    /// How often workers died over one entry while it was all they worked on.
    public static String alone(String entry) {
        return "twotick:alone:" + entry;
    }

    /// A committed fact, before its 16 bytes of hash: what it says is believed within one epoch of the database.
    public static String seen(String epoch) {
        return "twotick:seen:" + epoch + ":";
    }

    /// How many facts were remembered in that hour since 1970.
    public static String seenCount(long hour) {
        return "twotick:seen-count:" + hour;
    }

    /// Where something lies that is no stream, and lay in the place of one.
    static String foreign(String stream, long epochMilli) {
        return stream + ":foreign:" + epochMilli;
    }

    private RedisKeys() {}
}
