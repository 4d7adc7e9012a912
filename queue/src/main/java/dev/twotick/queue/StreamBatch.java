package dev.twotick.queue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;

/// Payloads that a pipeline appends to a stream as one: all of them, or none. Under `appendfsync always` Redis syncs at
/// each turn of its loop, which reads some 16 KiB: as commands of their own a thousand payloads are dozens of syncs, in
/// one transaction they are one. What became of it can be asked when the pipeline has been synced.
public record StreamBatch(Response<Object> begun, List<StreamWrite> queued, Response<Object> executed) {

    /// What Redis keeps of the last batch of somebody who would know later whether it still has it: a number under a
    /// key of his, written as one with the batch.
    public record Link(String key, long number) {
        private static final String KEPT_S = String.valueOf(Duration.ofDays(1).toSeconds());

        private void write(Pipeline pipeline) {
            pipeline.sendCommand(Command.SET, key, String.valueOf(number), "EX", KEPT_S, "GET");
        }
    }

    /// @param stream [RedisKeys#payloads] or [RedisKeys#toLog]
    /// @param link   or null for none
    public static StreamBatch of(Pipeline pipeline, String stream, List<QueuedPayload> payloads, @Nullable Link link) {
        Response<Object> begun = pipeline.sendCommand(Command.MULTI, new byte[0][]);
        List<StreamWrite> queued = payloads.stream()
                .map(payload -> StreamWrite.of(pipeline, stream, payload))
                .toList();
        if (link != null) {
            link.write(pipeline);
        }
        return new StreamBatch(begun, queued, pipeline.sendCommand(Command.EXEC, new byte[0][]));
    }

    /// The number that the link found under its key; empty when there was none. For a batch that was taken.
    public OptionalLong before() {
        return executed.get() instanceof List<?> answers && answers.getLast() instanceof byte[] number
                ? OptionalLong.of(Long.parseLong(new String(number, US_ASCII)))
                : OptionalLong.empty();
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
