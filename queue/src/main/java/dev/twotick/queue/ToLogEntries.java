package dev.twotick.queue;

import static dev.twotick.queue.RedisKeys.PAYLOADS;
import static dev.twotick.queue.RedisKeys.TO_LOG;

import java.util.List;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.resps.StreamEntryBinary;

/// Payloads that wait for the log, and go on to the payloads' stream once it has them.
public record ToLogEntries(RedisClient redis) {

    public record Entry(String id, QueuedPayload payload) {}

    /// @param from the least id, `-` for any; behind `(` the last that is not wanted
    public List<StreamEntryBinary> page(String from, int most) {
        CommandArguments range = new CommandArguments(Command.XRANGE)
                .key(TO_LOG)
                .add(from)
                .add("+")
                .add("COUNT")
                .add(most);
        return redis.executeCommand(new CommandObject<>(range, BuilderFactory.STREAM_ENTRY_BINARY_LIST));
    }

    /// Both steps as one. Where Redis takes no new entry, for want of memory perhaps, these go all the same, since the
    /// log has them: their going makes room; what is refused even then, requeue pushes later.
    public void passOn(List<Entry> entries) {
        try (Pipeline pipeline = redis.pipelined()) {
            pipeline.sendCommand(Command.MULTI, new byte[0][]);
            add(entries, pipeline);
            pipeline.xdel(TO_LOG, ids(entries));
            Response<Object> done = pipeline.sendCommand(Command.EXEC, new byte[0][]);
            pipeline.sync();
            if (!executed(done)) {
                forget(entries);
            }
        }
    }

    private static boolean executed(Response<Object> transaction) {
        try {
            return transaction.get() instanceof List<?> answers
                    && answers.stream().noneMatch(JedisDataException.class::isInstance);
        } catch (JedisDataException e) { // one of the commands was refused before the end
            return false;
        }
    }

    private void forget(List<Entry> entries) {
        redis.xdel(TO_LOG, ids(entries));
        try (Pipeline pipeline = redis.pipelined()) {
            add(entries, pipeline);
            pipeline.sync();
        }
    }

    private static void add(List<Entry> entries, Pipeline pipeline) {
        entries.forEach(
                entry -> StreamWrite.of(pipeline, PAYLOADS, entry.payload().withoutSignature()));
    }

    private static StreamEntryID[] ids(List<Entry> entries) {
        return entries.stream().map(Entry::id).map(StreamEntryID::new).toArray(StreamEntryID[]::new);
    }
}
