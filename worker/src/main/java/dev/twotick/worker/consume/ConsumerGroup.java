package dev.twotick.worker.consume;

import static dev.twotick.model.queue.PayloadStreams.GROUP;
import static dev.twotick.model.queue.PayloadStreams.PAYLOADS;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.XAutoClaimParams;
import redis.clients.jedis.params.XClaimParams;
import redis.clients.jedis.params.XPendingParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.StreamEntryBinary;
import redis.clients.jedis.resps.StreamPendingEntry;

/// The commands on the stream and its one group, in Redis 6.2's words. Where the group is missing (a Redis that was
/// emptied, restored or failed over) it is made again from `0`, so that nothing in the stream is passed over.
final class ConsumerGroup {
    private static final Logger log = LoggerFactory.getLogger(ConsumerGroup.class);
    static final StreamEntryID START = new StreamEntryID(0, 0);

    private static final byte[] STREAM = PAYLOADS.getBytes(UTF_8);
    private static final byte[] WORKERS = GROUP.getBytes(UTF_8);

    /// A consumer goes only while it holds nothing: with it would go its pending list. One script, so that no entry can
    /// come to it between the look and the removal.
    private static final String LEAVE = """
            for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
              local fields = {}
              for i = 1, #consumer, 2 do fields[consumer[i]] = consumer[i + 1] end
              if fields['name'] == ARGV[2] and fields['pending'] == 0 then
                return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
              end
            end
            return -1
            """;

    private static final String MOVE_ASIDE = """
            local kind = redis.call('TYPE', KEYS[1])['ok']
            if kind == 'stream' or kind == 'none' then return 0 end
            redis.call('RENAME', KEYS[1], KEYS[2])
            return 1
            """;

    /// A name that is not a stream's, then no group: two, and one for a neighbour that undid it meanwhile.
    private static final int MOST_MENDS = 3;

    private final RedisClient redis;

    ConsumerGroup(RedisClient redis) {
        this.redis = redis;
    }

    /// An entry as it lies in the stream.
    record Delivered(String id, Map<byte[], byte[]> fields, int deliveries) {}

    /// @param next   where the search goes on; null: it has been everywhere
    /// @param ghosts ids that were pending though their entries are gone
    record TakenOver(
            List<Delivered> entries,
            List<String> ghosts,
            @Nullable StreamEntryID next) {}

    /// Entries that nobody has had yet; waits for some up to `block`.
    List<Delivered> read(String consumer, int count, Duration block) {
        XReadGroupParams params =
                XReadGroupParams.xReadGroupParams().count(count).block((int) block.toMillis());
        var streams = inGroup(() -> redis.xreadGroupBinary(
                WORKERS, consumer.getBytes(UTF_8), params, Map.of(STREAM, StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY)));
        if (streams == null || streams.isEmpty()) {
            return List.of();
        }
        return streams.getFirst().getValue().stream()
                .map(entry -> new Delivered(entry.getID().toString(), entry.getFields(), 1))
                .toList();
    }

    /// Takes entries whose consumer has not been heard of for `idle`. First the ids alone, then their contents: Redis
    /// 6.2
    /// answers null, without an id, for an entry that is deleted but still pending.
    TakenOver takeOver(String consumer, Duration idle, StreamEntryID from, int count) {
        Map.Entry<StreamEntryID, List<StreamEntryID>> found = inGroup(() -> redis.xautoclaimJustId(
                PAYLOADS,
                GROUP,
                consumer,
                idle.toMillis(),
                from,
                XAutoClaimParams.xAutoClaimParams().count(count)));
        List<StreamEntryID> ids = found.getValue();
        StreamEntryID next = found.getKey().equals(START) ? null : found.getKey();
        if (ids.isEmpty()) {
            return new TakenOver(List.of(), List.of(), next);
        }
        List<StreamEntryBinary> contents = contents(consumer, ids);
        Map<StreamEntryID, Integer> deliveries = deliveries(consumer, ids);
        List<Delivered> entries = new ArrayList<>();
        Set<StreamEntryID> ghosts = new HashSet<>(ids);
        for (StreamEntryBinary entry : contents) {
            ghosts.remove(entry.getID());
            entries.add(new Delivered(
                    entry.getID().toString(), entry.getFields(), deliveries.getOrDefault(entry.getID(), 1)));
        }
        return new TakenOver(
                entries, ghosts.stream().map(StreamEntryID::toString).toList(), next);
    }

    /// Acknowledges and deletes in one transaction and one round trip.
    ///
    /// @param keys to delete along with the entries
    void acknowledge(Collection<String> ids, Collection<String> keys) {
        if (ids.isEmpty()) {
            return;
        }
        inGroup(() -> {
            inOneTransaction(bytes(ids), keys);
            return ids.size();
        });
    }

    private void inOneTransaction(byte[][] entries, Collection<String> keys) {
        try (Pipeline pipeline = redis.pipelined()) {
            pipeline.sendCommand(Command.MULTI, new byte[0][]);
            pipeline.sendCommand(Command.XACK, join(entries, STREAM, WORKERS));
            pipeline.sendCommand(Command.XDEL, join(entries, STREAM));
            if (!keys.isEmpty()) {
                pipeline.sendCommand(Command.DEL, bytes(keys));
            }
            Response<Object> done = pipeline.sendCommand(Command.EXEC, new byte[0][]);
            pipeline.sync();
            if (!(done.get() instanceof List<?> answers)) {
                throw new JedisDataException("the acknowledgement of " + entries.length + " entries was not executed");
            }
            answers.stream()
                    .filter(JedisDataException.class::isInstance)
                    .map(JedisDataException.class::cast)
                    .findFirst()
                    .ifPresent(fault -> {
                        throw fault;
                    });
        }
    }

    /// Says that the consumer still works on these; does not count as a delivery. Ids that are done are passed over.
    void keep(String consumer, Collection<String> ids) {
        claimJustId(consumer, ids, XClaimParams.xClaimParams());
    }

    /// Makes these look long abandoned, so that the next consumer that searches takes them.
    void handBack(String consumer, Collection<String> ids) {
        claimJustId(
                consumer,
                ids,
                XClaimParams.xClaimParams().idle(Duration.ofDays(1).toMillis()));
    }

    /// Removes the consumer from the group, unless it holds entries.
    ///
    /// @return whether it is gone
    boolean leave(String consumer) {
        Object pending = redis.eval(LEAVE, List.of(PAYLOADS), List.of(GROUP, consumer));
        return pending instanceof Long left && left == 0;
    }

    private void claimJustId(String consumer, Collection<String> ids, XClaimParams params) {
        if (!ids.isEmpty()) {
            StreamEntryID[] entries = ids.stream().map(StreamEntryID::new).toArray(StreamEntryID[]::new);
            inGroup(() -> redis.xclaimJustId(PAYLOADS, GROUP, consumer, 0, params, entries));
        }
    }

    private List<StreamEntryBinary> contents(String consumer, List<StreamEntryID> ids) {
        CommandArguments claim = new CommandArguments(Command.XCLAIM)
                .key(STREAM)
                .add(WORKERS)
                .add(consumer)
                .add(0);
        ids.forEach(id -> claim.add(id.toString()));
        List<StreamEntryBinary> contents = inGroup(
                () -> redis.executeCommand(new CommandObject<>(claim, BuilderFactory.STREAM_ENTRY_BINARY_LIST)));
        return contents.stream()
                .filter(Objects::nonNull)
                .filter(entry -> entry.getFields() != null)
                .toList();
    }

    private Map<StreamEntryID, Integer> deliveries(String consumer, List<StreamEntryID> ids) {
        XPendingParams these = XPendingParams.xPendingParams(ids.getFirst(), ids.getLast(), 100_000)
                .consumer(consumer);
        List<StreamPendingEntry> pending = inGroup(() -> redis.xpending(PAYLOADS, GROUP, these));
        return pending.stream()
                .collect(Collectors.toMap(StreamPendingEntry::getID, entry -> (int) entry.getDeliveredTimes()));
    }

    /// Runs a command, and where the group or the stream is not what it should be, mends that first.
    private <T> T inGroup(Supplier<T> command) {
        for (int mended = 0; ; mended++) {
            try {
                return command.get();
            } catch (JedisDataException e) {
                if (mended == MOST_MENDS || !mend(String.valueOf(e.getMessage()))) {
                    throw e;
                }
            }
        }
    }

    /// `UNBLOCKED` is what Redis 7 says to a blocked reader when the stream goes.
    private boolean mend(String fault) {
        if (fault.startsWith("WRONGTYPE")) {
            return moveAside();
        }
        return (fault.startsWith("NOGROUP") || fault.startsWith("UNBLOCKED")) && create();
    }

    private boolean create() {
        try {
            redis.xgroupCreate(PAYLOADS, GROUP, START, true);
            return true;
        } catch (JedisDataException e) {
            String fault = String.valueOf(e.getMessage());
            if (fault.startsWith("BUSYGROUP")) { // another consumer was faster
                return true;
            }
            if (fault.startsWith("WRONGTYPE")) {
                return moveAside();
            }
            throw e;
        }
    }

    /// Something that is no stream lies under the stream's name. It keeps its content, under another name; what the
    /// stream held is in the log, and requeue brings it back.
    private boolean moveAside() {
        String aside = PAYLOADS + ":foreign:" + Instant.now().toEpochMilli();
        if (redis.eval(MOVE_ASIDE, List.of(PAYLOADS, aside), List.of()) instanceof Long moved && moved == 1) {
            log.error("key={} state=foreign: it is no stream, and lies at {} now", PAYLOADS, aside);
        }
        return true;
    }

    private static byte[][] bytes(Collection<String> texts) {
        return texts.stream().map(text -> text.getBytes(UTF_8)).toArray(byte[][]::new);
    }

    private static byte[][] join(byte[][] last, byte[]... first) {
        byte[][] all = new byte[first.length + last.length][];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(last, 0, all, first.length, last.length);
        return all;
    }
}
