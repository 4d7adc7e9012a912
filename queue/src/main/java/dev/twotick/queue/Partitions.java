package dev.twotick.queue;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

/// All streams, among which payloads are spread. None is bound to one: whoever cannot reach its own may take
/// another.
public record Partitions(List<Partition> all) implements AutoCloseable {
    /// The greatest number stands, until nobody has said it for so long.
    private static final String SAY = """
            local said = tonumber(redis.call('GET', KEYS[1]) or '0')
            local mine = tonumber(ARGV[1])
            if said < mine or (said == mine and redis.call('TTL', KEYS[1]) < tonumber(ARGV[2]) / 2) then
              redis.call('SET', KEYS[1], mine, 'EX', ARGV[2])
            end
            """;

    private static final String STANDS_S = String.valueOf(Duration.ofMinutes(10).toSeconds());

    public Partitions {
        all = List.copyOf(all);
    }

    /// It also holds what there is once.
    public Partition first() {
        return all.getFirst();
    }

    /// Where a payload belongs. Meta repeats the same bytes, and signs them alike: so they find what was
    /// remembered.
    public int home(byte[] signature) {
        return Math.floorMod(ByteBuffer.wrap(signature).getInt(), all.size());
    }

    /// Says how many somebody pushes to, for those that read. A Redis alone has one, and that is known.
    public void say() {
        if (all.size() > 1) {
            first().redis().eval(SAY, List.of(first().keys().partitions()), List.of("" + all.size(), STANDS_S));
        }
    }

    /// How many are pushed to that are not among these.
    public int unknown() {
        boolean alone = first().keys().equals(RedisKeys.ALONE);
        String said = alone ? null : first().redis().get(first().keys().partitions());
        return said == null ? 0 : Math.max(0, Integer.parseInt(said) - all.size());
    }

    @Override
    public void close() {
        all.forEach(Partition::close);
    }
}
