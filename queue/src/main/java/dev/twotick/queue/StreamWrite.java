package dev.twotick.queue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Optional;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.XAddParams;

/// A payload that a pipeline appends to a stream: taken or refused, whatever becomes of its neighbours; within a
/// [StreamBatch] its answer says no more than that it is queued. What became of it can be asked when the pipeline has
/// been synced.
public record StreamWrite(Response<byte[]> answer) {
    private static final XAddParams NEW_ENTRY = XAddParams.xAddParams();

    /// @param stream [RedisKeys#payloads] or [RedisKeys#toLog]
    public static StreamWrite of(Pipeline pipeline, String stream, QueuedPayload payload) {
        return new StreamWrite(pipeline.xadd(stream.getBytes(US_ASCII), NEW_ENTRY, payload.toFields()));
    }

    /// The id of the entry that it is now.
    ///
    /// @throws JedisDataException the [#refusal]
    public String entry() {
        return new String(answer.get(), US_ASCII);
    }

    /// Why it was not taken: out of memory, read-only.
    public Optional<JedisDataException> refusal() {
        return refusal(answer);
    }

    static Optional<JedisDataException> refusal(Response<?> answer) {
        try {
            answer.get();
            return Optional.empty();
        } catch (JedisDataException e) {
            return Optional.of(e);
        }
    }
}
