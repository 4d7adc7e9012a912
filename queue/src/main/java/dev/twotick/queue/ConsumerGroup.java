package dev.twotick.queue;

import static dev.twotick.queue.RedisKeys.APPLIED;
import static dev.twotick.queue.RedisKeys.GROUP;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.XAutoClaimParams;
import redis.clients.jedis.params.XClaimParams;
import redis.clients.jedis.params.XPendingParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.StreamEntryBinary;
import redis.clients.jedis.resps.StreamPendingEntry;

/// The commands on the stream and its one group, in Redis 6.2's words. Where the group is missing (a Redis that was
/// emptied, restored or failed over) it is made again from `0`, so that nothing in the stream is passed over.
public final class ConsumerGroup {
    private static final Logger log = LoggerFactory.getLogger(ConsumerGroup.class);
    public static final StreamEntryID START = new StreamEntryID(0, 0);

    private static final byte[] WORKERS = GROUP.getBytes(UTF_8);

    /// Consumers go only while they hold nothing: with one would go its pending list. One script, so that no
    /// entry can come to it between the look and the removal. Either the one that is named goes, or all that have
    /// been idle for so many ms; one of these that was only quiet comes back with its next read.
    private static final String REMOVE = """
            local removed = 0
            for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
              local fields = {}
              for i = 1, #consumer, 2 do fields[consumer[i]] = consumer[i + 1] end
              local meant = fields['name'] == ARGV[2] or (ARGV[2] == '' and fields['idle'] > tonumber(ARGV[3]))
              if meant and fields['pending'] == 0 then
                redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], fields['name'])
                removed = removed + 1
              end
            end
            return removed
            """;

    /// A script and no MULTI: while Redis is full it queues nothing for a MULTI, and would never be emptied. Whoever
    /// shows live events hears of it; a user who may not publish acknowledges all the same.
    private static final String ACKNOWLEDGE = """
            redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 2))
            redis.call('XDEL', KEYS[1], unpack(ARGV, 2))
            for key = 2, #KEYS do redis.call('DEL', KEYS[key]) end
            redis.pcall('PUBLISH', '{APPLIED}', '')
            return 1
            """.replace("{APPLIED}", APPLIED);

    private static final String MOVE_ASIDE = """
            local kind = redis.call('TYPE', KEYS[1])['ok']
            if kind == 'stream' or kind == 'none' then return 0 end
            redis.call('RENAME', KEYS[1], KEYS[2])
            return 1
            """;

    /// A name that is not a stream's, then no group: two, and one for a neighbour that undid it meanwhile.
    private static final int MOST_MENDS = 3;

    private final RedisClient redis;
    private final String stream;

    public ConsumerGroup(Partition partition) {
        this.redis = partition.redis();
        this.stream = partition.keys().payloads();
    }

    /// An entry as it lies in the stream.
    public record Delivered(String id, Map<byte[], byte[]> fields, int deliveries) {}

    /// @param next   where the search goes on; null: it has been everywhere
    /// @param ghosts ids that were pending though their entries are gone
    public record TakenOver(
            List<Delivered> entries,
            List<String> ghosts,
            @Nullable StreamEntryID next) {}

    /// What a consumer has done with entries it was given.
    ///
    /// @param ids  to acknowledge and delete
    /// @param keys to delete along with them
    /// @param hint to write along with them
    public record Done(List<String> ids, List<String> keys, Hint hint) {
        public static final Done NOTHING = of(List.of());

        public Done {
            ids = List.copyOf(ids);
            keys = List.copyOf(keys);
        }

        public static Done of(List<String> ids) {
            return new Done(ids, List.of(), Hint.NONE);
        }

        public boolean isEmpty() {
            return ids.isEmpty();
        }
    }

    /// Acknowledges, then gives entries that nobody has had yet; waits for some up to `block`. One round trip, and one
    /// sync of Redis' file: what is done waits for no answer of its own.
    ///
    /// @throws JedisException when either fails; what is done is to be said again then, which harms nothing
    public List<Delivered> read(Done done, String consumer, int count, Duration block) {
        XReadGroupParams params =
                XReadGroupParams.xReadGroupParams().count(count).block((int) block.toMillis());
        AtomicBoolean said = new AtomicBoolean();
        var streams = inGroup(() -> {
            try (Pipeline pipeline = redis.pipelined()) {
                Runnable acknowledged = acknowledge(pipeline, said.get() ? Done.NOTHING : done);
                var entries = pipeline.xreadGroupBinary(
                        WORKERS,
                        consumer.getBytes(UTF_8),
                        params,
                        Map.of(stream.getBytes(UTF_8), StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
                pipeline.sync();
                acknowledged.run();
                said.set(true); // once, should the group be made anew: ids may have come back
                return entries.get();
            }
        });
        if (streams == null || streams.isEmpty()) {
            return List.of();
        }
        return streams.getFirst().getValue().stream()
                .map(entry -> new Delivered(entry.getID().toString(), entry.getFields(), 1))
                .toList();
    }

    /// Takes entries whose consumer has not been heard of for `idle`. First the ids alone, then their contents:
    /// Redis 6.2 answers null, without an id, for an entry that is deleted but still pending.
    public TakenOver takeOver(String consumer, Duration idle, StreamEntryID from, int count) {
        Map.Entry<StreamEntryID, List<StreamEntryID>> found = inGroup(() -> redis.xautoclaimJustId(
                stream,
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

    /// Acknowledges and deletes at once and in one round trip.
    public void acknowledge(Done done) {
        if (!done.isEmpty()) {
            inGroup(() -> {
                try (Pipeline pipeline = redis.pipelined()) {
                    Runnable acknowledged = acknowledge(pipeline, done);
                    pipeline.sync();
                    acknowledged.run();
                    return done;
                }
            });
        }
    }

    /// The hint first: whoever is given the same facts next shall know of it.
    ///
    /// @return to be run after the sync: throws what Redis answered
    private Runnable acknowledge(Pipeline pipeline, Done done) {
        if (done.isEmpty()) {
            return () -> {};
        }
        Runnable hinted = done.hint().write(pipeline);
        List<String> touched =
                Stream.concat(Stream.of(stream), done.keys().stream()).toList();
        List<String> arguments =
                Stream.concat(Stream.of(GROUP), done.ids().stream()).toList();
        Response<Object> answer = pipeline.eval(ACKNOWLEDGE, touched, arguments);
        return () -> {
            hinted.run();
            answer.get();
        };
    }

    /// Says that the consumer still works on these; does not count as a delivery. Ids that are done are passed over.
    public void keep(String consumer, Collection<String> ids) {
        claimJustId(consumer, ids, XClaimParams.xClaimParams());
    }

    /// Makes these look long abandoned, so that the next consumer that searches takes them.
    public void handBack(String consumer, Collection<String> ids) {
        claimJustId(
                consumer,
                ids,
                XClaimParams.xClaimParams().idle(Duration.ofDays(1).toMillis()));
    }

    /// Removes the consumer from the group, unless it holds entries.
    public void leave(String consumer) {
        remove(consumer, Duration.ZERO);
    }

    /// Removes what consumers that died long ago have left of themselves; those that hold entries stay, until others
    /// have taken these over.
    ///
    /// @return how many went
    public long removeIdle(Duration forLongerThan) {
        return remove("", forLongerThan);
    }

    private long remove(String consumer, Duration idle) {
        Object removed = redis.eval(REMOVE, List.of(stream), List.of(GROUP, consumer, String.valueOf(idle.toMillis())));
        return removed instanceof Long count ? count : 0;
    }

    private void claimJustId(String consumer, Collection<String> ids, XClaimParams params) {
        if (!ids.isEmpty()) {
            StreamEntryID[] entries = ids.stream().map(StreamEntryID::new).toArray(StreamEntryID[]::new);
            inGroup(() -> redis.xclaimJustId(stream, GROUP, consumer, 0, params, entries));
        }
    }

    private List<StreamEntryBinary> contents(String consumer, List<StreamEntryID> ids) {
        CommandArguments claim = new CommandArguments(Command.XCLAIM)
                .key(stream)
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
        List<StreamPendingEntry> pending = inGroup(() -> redis.xpending(stream, GROUP, these));
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
        if (fault.contains("WRONGTYPE")) { // of a script's command it stands inside the text
            return moveAside();
        }
        return (fault.startsWith("NOGROUP") || fault.startsWith("UNBLOCKED")) && create();
    }

    private boolean create() {
        try {
            redis.xgroupCreate(stream, GROUP, START, true);
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
        String aside = RedisKeys.foreign(stream, Instant.now().toEpochMilli());
        if (redis.eval(MOVE_ASIDE, List.of(stream, aside), List.of()) instanceof Long moved && moved == 1) {
            log.error("key={} state=foreign: it is no stream, and lies at {} now", stream, aside);
        }
        return true;
    }
}
