package dev.twotick.ingest;

import static dev.twotick.queue.RedisKeys.TO_LOG;

import dev.twotick.ingest.Receipt.Parked;
import dev.twotick.ingest.Receipt.Refused;
import dev.twotick.model.payload.SignedPayload;
import dev.twotick.queue.MasterConnections;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.StreamWrite;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/// Where payloads wait while PostgreSQL is away, if Redis is known to sync them to its disk, and all its replicas say
/// that they have them, too: each may be the master next, and these payloads are nowhere else. The worker moves them to
/// the log. An entry that was written but could not be confirmed stays: Meta sends it again, and twice is harmless.
final class ToLogStream {
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
        StoreWatch.Redis seen = watch.redis();
        if (!seen.isDurable()) {
            return refuse(payloads, seen.durability() == Durability.UNKNOWN ? "no durable store" : "replica missing");
        }
        try {
            return parkOnce(payloads, seen);
        } catch (JedisDataException e) {
            if (!MasterConnections.takesNoWrites(e)) {
                return lost(payloads, e);
            }
            watch.resolveRedisAnew();
            return parkAgain(payloads, seen);
        } catch (JedisConnectionException e) {
            // the connection may have slept through a restart of Redis; who hangs is not asked twice
            return e.getCause() instanceof SocketTimeoutException ? lost(payloads, e) : parkAgain(payloads, seen);
        } catch (JedisException e) {
            return lost(payloads, e);
        }
    }

    private List<Receipt> parkAgain(List<SignedPayload> payloads, StoreWatch.Redis seen) {
        try {
            return parkOnce(payloads, seen);
        } catch (JedisException e) {
            return lost(payloads, e);
        }
    }

    private List<Receipt> lost(List<SignedPayload> payloads, JedisException e) {
        watch.redisFailed(e);
        return refuse(payloads, "no durable store");
    }

    private List<Receipt> parkOnce(List<SignedPayload> payloads, StoreWatch.Redis seen) {
        List<@Nullable StreamWrite> added = new ArrayList<>(payloads.size());
        BooleanSupplier synced;
        BooleanSupplier copied;
        Long used = redis.memoryUsage(TO_LOG);
        long room = maxBytes - (used == null ? 0 : used);
        try (Pipeline pipeline = redis.pipelined()) {
            for (SignedPayload payload : payloads) {
                room -= payload.body().length;
                added.add(
                        fits(payload) && room >= 0
                                ? StreamWrite.of(pipeline, TO_LOG, QueuedPayload.unlogged(payload))
                                : null);
            }
            synced = seen.durability().confirm(pipeline);
            copied = seen.replicas().confirm(pipeline);
            pipeline.sync();
        }
        failUnlessMaster(added);
        if (!synced.getAsBoolean()) {
            return refuse(payloads, "not synced");
        }
        if (!copied.getAsBoolean()) {
            return refuse(payloads, "not on all replicas");
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
    private static void failUnlessMaster(List<@Nullable StreamWrite> added) {
        added.stream()
                .filter(Objects::nonNull)
                .flatMap(one -> one.refusal().stream())
                .filter(MasterConnections::takesNoWrites)
                .findFirst()
                .ifPresent(refusal -> {
                    throw refusal;
                });
    }

    private static Receipt receipt(SignedPayload payload, @Nullable StreamWrite added) {
        if (added == null) {
            return new Refused(fits(payload) ? "to-log full" : "too long for to-log");
        }
        return added.refusal().isPresent() ? new Refused("redis refuses") : new Parked(); // out of memory
    }

    private static boolean fits(SignedPayload payload) {
        return payload.body().length <= QueuedPayload.MAX_INLINE_BODY;
    }

    private static List<Receipt> refuse(List<SignedPayload> payloads, String why) {
        return payloads.stream().<Receipt>map(_ -> new Refused(why)).toList();
    }
}
