package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.twotick.ingest.Receipt.Parked;
import dev.twotick.ingest.Receipt.Refused;
import dev.twotick.model.queue.PayloadStreams;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.XAddParams;

/// Where payloads wait while PostgreSQL is away, if Redis is known to sync them to its disk; the worker moves them to
/// the log. An entry that was written but could not be confirmed stays: Meta sends it again, and twice is harmless.
final class ToLogStream {
    private static final byte[] KEY = PayloadStreams.TO_LOG.getBytes(US_ASCII);
    private static final XAddParams NEW_ENTRY = XAddParams.xAddParams();

    private final RedisClient redis;
    private final StoreWatch watch;
    private final long maxBytes;

    ToLogStream(RedisClient redis, StoreWatch watch, long maxBytes) {
        this.redis = redis;
        this.watch = watch;
        this.maxBytes = maxBytes;
    }

    /// @return a receipt for each payload, in their order
    List<Receipt> park(List<SignedPayload> payloads) {
        Durability durability = watch.redis().durability();
        if (durability == Durability.UNKNOWN) {
            return refuse(payloads, "no durable store");
        }
        try {
            return parkOnce(payloads, durability);
        } catch (JedisDataException e) {
            if (!MasterConnections.takesNoWrites(e)) {
                return lost(payloads, e);
            }
            watch.resolveRedisAnew();
            return parkAgain(payloads, durability);
        } catch (JedisConnectionException e) {
            // the connection may have slept through a restart of Redis; who hangs is not asked twice
            return e.getCause() instanceof SocketTimeoutException ? lost(payloads, e) : parkAgain(payloads, durability);
        } catch (JedisException e) {
            return lost(payloads, e);
        }
    }

    private List<Receipt> parkAgain(List<SignedPayload> payloads, Durability durability) {
        try {
            return parkOnce(payloads, durability);
        } catch (JedisException e) {
            return lost(payloads, e);
        }
    }

    private List<Receipt> lost(List<SignedPayload> payloads, JedisException e) {
        watch.redisFailed(e);
        return refuse(payloads, "no durable store");
    }

    private List<Receipt> parkOnce(List<SignedPayload> payloads, Durability durability) {
        List<@Nullable Response<byte[]>> added = new ArrayList<>(payloads.size());
        BooleanSupplier synced;
        Long used = redis.memoryUsage(KEY);
        long room = maxBytes - (used == null ? 0 : used);
        try (Pipeline pipeline = redis.pipelined()) {
            for (SignedPayload payload : payloads) {
                room -= payload.body().length;
                added.add(
                        fits(payload) && room >= 0
                                ? pipeline.xadd(
                                        KEY, NEW_ENTRY, payload.unlogged().toFields())
                                : null);
            }
            synced = durability.confirm(pipeline);
            pipeline.sync();
        }
        failUnlessMaster(added);
        if (!synced.getAsBoolean()) {
            return refuse(payloads, "not synced");
        }
        List<Receipt> receipts = new ArrayList<>(payloads.size());
        for (int i = 0; i < payloads.size(); i++) {
            receipts.add(receipt(payloads.get(i), added.get(i)));
        }
        return receipts;
    }

    /// What was added before the server ceased to be the master is added again: twice is harmless.
    ///
    /// @throws JedisDataException what it answered
    private static void failUnlessMaster(List<@Nullable Response<byte[]>> added) {
        for (Response<byte[]> one : added) {
            try {
                if (one != null) {
                    one.get();
                }
            } catch (JedisDataException e) {
                if (MasterConnections.takesNoWrites(e)) {
                    throw e;
                }
            }
        }
    }

    private static Receipt receipt(SignedPayload payload, @Nullable Response<byte[]> added) {
        if (added == null) {
            return new Refused(fits(payload) ? "to-log full" : "too long for to-log");
        }
        try {
            added.get();
            return new Parked();
        } catch (JedisDataException e) {
            return new Refused("redis refuses"); // out of memory
        }
    }

    private static boolean fits(SignedPayload payload) {
        return payload.body().length <= PayloadStreams.MAX_INLINE_BODY;
    }

    private static List<Receipt> refuse(List<SignedPayload> payloads, String why) {
        return payloads.stream().<Receipt>map(_ -> new Refused(why)).toList();
    }
}
