package dev.twotick.queue;

import java.util.List;
import java.util.stream.Stream;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.resps.StreamEntryBinary;

/// Payloads that wait for the log, and go on to the payloads' stream once it has them.
public final class ToLogEntries {
    /// A master that forgot an entry may have given its id to another payload since, which is nowhere else.
    private static final String DELETE = """
            for i = 1, #ARGV, 2 do
              local entry = redis.call('XRANGE', KEYS[1], ARGV[i], ARGV[i])[1]
              local fields = entry and entry[2] or {}
              for field = 1, #fields, 2 do
                if fields[field] == 'id' and fields[field + 1] == ARGV[i + 1] then
                  redis.call('XDEL', KEYS[1], ARGV[i])
                end
              end
            end
            return 1
            """;

    private final RedisClient redis;
    private final RedisKeys keys;

    public ToLogEntries(Partition partition) {
        this.redis = partition.redis();
        this.keys = partition.keys();
    }

    public record Entry(String id, QueuedPayload payload) {}

    /// @param from the least id, `-` for any; behind `(` the last that is not wanted
    public List<StreamEntryBinary> page(String from, int most) {
        CommandArguments range = new CommandArguments(Command.XRANGE)
                .key(keys.toLog())
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
            pipeline.eval(DELETE, List.of(keys.toLog()), which(entries));
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
        redis.eval(DELETE, List.of(keys.toLog()), which(entries));
        try (Pipeline pipeline = redis.pipelined()) {
            add(entries, pipeline);
            pipeline.sync();
        }
    }

    private void add(List<Entry> entries, Pipeline pipeline) {
        entries.forEach(entry ->
                StreamWrite.of(pipeline, keys.payloads(), entry.payload().withoutSignature()));
    }

    private static List<String> which(List<Entry> entries) {
        return entries.stream()
                .flatMap(entry -> Stream.of(entry.id(), entry.payload().id().toString()))
                .toList();
    }

    @Override
    public String toString() {
        return keys.toLog();
    }
}
