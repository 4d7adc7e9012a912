package dev.twotick.queue;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;

/// Payloads that a pipeline appends to a stream as one: all of them, or none. Under `appendfsync always` Redis syncs at
/// each turn of its loop, which reads some 16 KiB: as commands of their own a thousand payloads are dozens of syncs, in
/// one transaction they are one. What became of it can be asked when the pipeline has been synced.
public record StreamBatch(Response<Object> begun, List<StreamWrite> queued, Response<Object> executed) {

    /// @param stream [RedisKeys#PAYLOADS] or [RedisKeys#TO_LOG]
    public static StreamBatch of(Pipeline pipeline, String stream, List<QueuedPayload> payloads) {
        Response<Object> begun = pipeline.sendCommand(Command.MULTI, new byte[0][]);
        List<StreamWrite> queued = payloads.stream()
                .map(payload -> StreamWrite.of(pipeline, stream, payload))
                .toList();
        return new StreamBatch(begun, queued, pipeline.sendCommand(Command.EXEC, new byte[0][]));
    }

    /// Why it was not taken: out of memory, read-only, not allowed to.
    public Optional<JedisDataException> refusal() {
        Stream<Optional<JedisDataException>> answers = Stream.concat(
                Stream.of(StreamWrite.refusal(begun)), queued.stream().map(StreamWrite::refusal));
        return answers.flatMap(Optional::stream).findFirst().or(this::whenExecuted);
    }

    private Optional<JedisDataException> whenExecuted() {
        Optional<JedisDataException> refusal = StreamWrite.refusal(executed);
        Stream<?> answers = refusal.isEmpty() && executed.get() instanceof List<?> all ? all.stream() : Stream.of();
        return refusal.or(() -> answers.filter(JedisDataException.class::isInstance)
                .map(JedisDataException.class::cast)
                .findFirst());
    }
}
