package dev.twotick.ingest;

import dev.twotick.queue.MasterConnections;
import dev.twotick.queue.Partition;
import java.util.Map;
import java.util.function.BooleanSupplier;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.util.KeyValue;

/// What an answered write is worth after a power cut of Redis.
enum Durability {
    /// `appendonly yes` and `appendfsync always`: it was on the disk before the answer.
    ALWAYS,
    /// `WAITAOF` (Redis 7.2) waits until it is.
    WAITAOF,
    /// It may be gone, or nobody can tell.
    UNKNOWN;

    /// Under `appendfsync everysec` the next sync is up to a second away.
    static final int WAIT_MS = 1_500;
    private static final CommandObject<Map<String, String>> APPEND_SETTINGS = new CommandObject<>(
            new CommandArguments(Command.CONFIG).add("GET").add("*append*"), BuilderFactory.STRING_MAP);

    /// @throws redis.clients.jedis.exceptions.JedisException when Redis does not answer, or is no master that takes
    /// writes
    static Durability ask(Partition partition) {
        RedisClient redis = partition.redis();
        if (!MasterConnections.rehearseWrite(partition) || evicts(redis.info("memory"))) {
            return UNKNOWN;
        }
        try {
            if (syncsAlways(redis.executeCommand(APPEND_SETTINGS))) {
                return ALWAYS;
            }
        } catch (JedisDataException e) {
            // CONFIG is not ours to ask here, as on managed servers; WAITAOF may be
        }
        try (Pipeline pipeline = redis.pipelined()) {
            Response<KeyValue<Long, Long>> synced = pipeline.waitAOF(1, 0, 1);
            pipeline.sync();
            synced.get();
            return WAITAOF;
        } catch (JedisDataException e) {
            return UNKNOWN; // an older server, or no append-only file
        }
    }

    /// Asks, behind the writes of this pipeline, whether they are on the disk now: what was true a second ago may have
    /// changed.
    ///
    /// @return to be asked after the pipeline's sync
    BooleanSupplier confirm(Pipeline pipeline) {
        return switch (this) {
            case ALWAYS -> {
                Response<Map<String, String>> settings = pipeline.executeCommand(APPEND_SETTINGS);
                yield () -> syncsAlways(settings.get());
            }
            case WAITAOF -> {
                Response<KeyValue<Long, Long>> synced = pipeline.waitAOF(1, 0, WAIT_MS);
                yield () -> synced.get().getKey() >= 1;
            }
            case UNKNOWN -> () -> false;
        };
    }

    /// Without a sync during rewrites, `always` is not always.
    private static boolean syncsAlways(Map<String, String> settings) {
        return "yes".equals(settings.get("appendonly"))
                && "always".equals(settings.get("appendfsync"))
                && !"yes".equals(settings.get("no-appendfsync-on-rewrite"));
    }

    private static boolean evicts(String info) {
        return info.contains("maxmemory_policy:allkeys") && !info.contains("maxmemory:0\r");
    }
}
