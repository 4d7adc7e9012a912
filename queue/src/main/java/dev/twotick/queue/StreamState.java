package dev.twotick.queue;

import static dev.twotick.queue.RedisKeys.GROUP;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.resps.StreamConsumerInfo;

/// What the payloads' stream holds: how much, since when, up to where, whether anybody reads it, and whether what lies
/// in it will be taken.
public final class StreamState {
    private static final Logger log = LoggerFactory.getLogger(StreamState.class);

    /// Bodies of at most 32 KiB each, which the script reads to find their ids.
    private static final int CHUNK = 100;

    /// Gives entries that nobody has, and that the group will not read any more, to a consumer that does not live: who
    /// searches for what the dead have left takes them over. One script, so that no entry is read or acknowledged
    /// between the look and the claim. Answers how many, and the last entry that it looked at.
    private static final String CLAIM_SKIPPED = """
            local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])
            local read
            for _, group in ipairs(groups) do
              local fields = {}
              for i = 1, #group, 2 do fields[group[i]] = group[i + 1] end
              if fields['name'] == ARGV[1] then read = fields['last-delivered-id'] end
            end
            if not read then return {0, ''} end
            local entries = redis.call('XRANGE', KEYS[1], ARGV[2], read, 'COUNT', ARGV[3])
            local claimed = 0
            for _, entry in ipairs(entries) do
              local id = entry[1]
              if #redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1) == 0 then
                redis.call('XCLAIM', KEYS[1], ARGV[1], 'skipped', 0, id,
                    'IDLE', ARGV[4], 'RETRYCOUNT', 0, 'FORCE', 'JUSTID')
                claimed = claimed + 1
              end
            end
            return {claimed, #entries < tonumber(ARGV[3]) and '' or entries[#entries][1]}
            """;
    public static final StreamEntryID START = new StreamEntryID(0, 0);

    private final RedisClient redis;
    private final RedisKeys keys;
    private final String stream;

    public StreamState(Partition partition) {
        this.redis = partition.redis();
        this.keys = partition.keys();
        this.stream = keys.payloads();
    }

    /// Entries that wait or are in work: the stream holds only work to do.
    public long length() {
        return redis.xlen(stream);
    }

    /// Payloads that wait for the log.
    public long toLog() {
        return redis.xlen(keys.toLog());
    }

    /// Entries that a consumer has in hand.
    public long pending() {
        try {
            return redis.xpending(stream, GROUP).getTotal();
        } catch (JedisDataException e) { // no group yet: a consumer makes it
            return 0;
        }
    }

    /// Age of the first entry, by Redis' own clock, which also made the entry's id.
    public double oldestSeconds() {
        List<Object> first = redis.xrange(stream.getBytes(US_ASCII), "-".getBytes(US_ASCII), "+".getBytes(US_ASCII), 1);
        if (first.isEmpty()
                || !(first.getFirst() instanceof List<?> entry)
                || !(entry.getFirst() instanceof byte[] id)) {
            return 0;
        }
        Object now = redis.eval("return redis.call('TIME')[1]", 0);
        long seconds = Long.parseLong(String.valueOf(now));
        return Math.max(0, seconds - new StreamEntryID(id).getTime() / 1000.0);
    }

    /// Whether any consumer was heard of within that time.
    public boolean isRead(Duration within) {
        try {
            List<StreamConsumerInfo> consumers = redis.xinfoConsumers2(stream, GROUP);
            return consumers.stream().anyMatch(consumer -> consumer.getIdle() < within.toMillis());
        } catch (JedisDataException e) { // no stream or no group: nobody ever read
            return false;
        }
    }

    /// The last id it ever gave, [#START] when there is no stream.
    public StreamEntryID lastId() {
        try {
            StreamEntryID last = redis.xinfoStream(stream).getLastGeneratedId();
            return last == null ? START : last;
        } catch (JedisDataException e) {
            if (String.valueOf(e.getMessage()).contains("no such key")) {
                return START;
            }
            throw e;
        }
    }

    /// Whether [#mark] was called in this life of Redis' data.
    public boolean isMarked() {
        return redis.exists(keys.streamMark());
    }

    /// @return whether Redis took it
    public boolean mark() {
        try {
            redis.set(keys.streamMark(), "1");
            return true;
        } catch (JedisDataException e) {
            if (String.valueOf(e.getMessage()).startsWith("OOM")) {
                return false;
            }
            throw e;
        }
    }

    public boolean holdsAnyUpTo(StreamEntryID last) {
        List<?> first = redis.xrange(stream, START, last, 1);
        return !first.isEmpty();
    }

    /// Of each of these entries, in their order, whether it is still there.
    public List<Boolean> holds(List<String> entries) {
        List<Response<List<Object>>> found;
        byte[] key = stream.getBytes(US_ASCII);
        try (Pipeline pipeline = redis.pipelined()) {
            found = entries.stream()
                    .map(entry -> entry.getBytes(US_ASCII))
                    .map(id -> pipeline.xrange(key, id, id))
                    .toList();
            pipeline.sync();
        }
        return found.stream().map(response -> !response.get().isEmpty()).toList();
    }

    /// Entries that lie before the point from which the group reads, and that are on nobody's pending list, would lie
    /// there for ever: after `XGROUP SETID`, in a Redis that was restored, of a consumer that was deleted with what
    /// it had. From here on they are work that somebody died over.
    public void takeUpSkipped() {
        long taken = 0;
        for (String from = "-"; !from.isEmpty(); ) {
            List<?> chunk = (List<?>) redis.eval(
                    CLAIM_SKIPPED,
                    List.of(stream),
                    List.of(
                            GROUP,
                            from,
                            String.valueOf(CHUNK),
                            String.valueOf(Duration.ofDays(1).toMillis())));
            taken += (Long) chunk.getFirst();
            String last = (String) chunk.getLast();
            from = last.isEmpty() ? "" : '(' + last;
        }
        if (taken > 0) {
            log.warn("job=requeue skipped={}: entries that the consumer group was made to skip are taken up", taken);
        }
    }

    @Override
    public String toString() {
        return stream;
    }
}
