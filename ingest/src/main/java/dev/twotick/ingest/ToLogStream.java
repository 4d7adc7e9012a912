package dev.twotick.ingest;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;

import dev.twotick.ingest.Receipt.Parked;
import dev.twotick.ingest.Receipt.Refused;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.model.payload.SignedPayload;
import dev.twotick.queue.MasterConnections;
import dev.twotick.queue.Partitions;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.StreamWrite;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.stream.Gatherers;
import java.util.stream.IntStream;
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
    private final Partitions partitions;
    private final List<RedisWatch> watches;
    private final long maxBytes;

    /// @param maxBytes of all partitions' memory
    ToLogStream(Partitions partitions, StoreWatch watch, long maxBytes) {
        this.partitions = partitions;
        this.watches = watch.partitions();
        this.maxBytes = maxBytes / watches.size();
    }

    /// Each in its partition, or, while that is not durable, in the next one that is; in all of them at the
    /// same time.
    ///
    /// @return a receipt for each payload, in their order
    List<Receipt> park(List<SignedPayload> payloads) {
        if (watches.size() == 1) {
            return park(watches.getFirst(), payloads);
        }
        Map<RedisWatch, List<SignedPayload>> shares = payloads.stream()
                .collect(groupingBy(payload ->
                        RedisWatch.at(watches, partitions.home(payload.signature()), RedisWatch.Seen::isDurable)));
        Map<PayloadId, Receipt> receipts = shares.entrySet().stream()
                .gather(Gatherers.mapConcurrent(
                        watches.size(), share -> receipts(share.getValue(), park(share.getKey(), share.getValue()))))
                .flatMap(each -> each.entrySet().stream())
                .collect(toMap(Map.Entry::getKey, Map.Entry::getValue));
        return payloads.stream().map(SignedPayload::id).map(receipts::get).toList();
    }

    private static Map<PayloadId, Receipt> receipts(List<SignedPayload> payloads, List<Receipt> receipts) {
        return IntStream.range(0, payloads.size())
                .boxed()
                .collect(toMap(n -> payloads.get(n).id(), receipts::get));
    }

    private List<Receipt> park(RedisWatch watch, List<SignedPayload> payloads) {
        RedisWatch.Seen seen = watch.seen();
        if (!seen.isDurable()) {
            return refuse(payloads, seen.durability() == Durability.UNKNOWN ? "no durable store" : "replica missing");
        }
        try {
            return parkOnce(watch, payloads, seen);
        } catch (JedisDataException e) {
            if (!MasterConnections.takesNoWrites(e)) {
                return lost(watch, payloads, e);
            }
            watch.partition().resolveAnew();
            return parkAgain(watch, payloads, seen);
        } catch (JedisConnectionException e) {
            // the connection may have slept through a restart of Redis; who hangs is not asked twice
            return e.getCause() instanceof SocketTimeoutException
                    ? lost(watch, payloads, e)
                    : parkAgain(watch, payloads, seen);
        } catch (JedisException e) {
            return lost(watch, payloads, e);
        }
    }

    private List<Receipt> parkAgain(RedisWatch watch, List<SignedPayload> payloads, RedisWatch.Seen seen) {
        try {
            return parkOnce(watch, payloads, seen);
        } catch (JedisException e) {
            return lost(watch, payloads, e);
        }
    }

    private static List<Receipt> lost(RedisWatch watch, List<SignedPayload> payloads, JedisException e) {
        watch.failed(e);
        return refuse(payloads, "no durable store");
    }

    private List<Receipt> parkOnce(RedisWatch watch, List<SignedPayload> payloads, RedisWatch.Seen seen) {
        RedisClient redis = watch.partition().redis();
        String toLog = watch.partition().keys().toLog();
        List<@Nullable StreamWrite> added = new ArrayList<>(payloads.size());
        BooleanSupplier synced;
        BooleanSupplier copied;
        Long used = redis.memoryUsage(toLog);
        long room = maxBytes - (used == null ? 0 : used);
        try (Pipeline pipeline = redis.pipelined()) {
            for (SignedPayload payload : payloads) {
                room -= payload.body().length;
                added.add(
                        fits(payload) && room >= 0
                                ? StreamWrite.of(pipeline, toLog, QueuedPayload.unlogged(payload))
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
