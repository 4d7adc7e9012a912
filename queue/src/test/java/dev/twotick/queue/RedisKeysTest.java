package dev.twotick.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.util.JedisClusterCRC16;

class RedisKeysTest {

    /// Operators' scripts know them.
    @Test
    void aServerAloneHasTheNamesThatItAlwaysHad() {
        RedisKeys keys = RedisKeys.ALONE;

        assertThat(List.of(
                        keys.payloads(),
                        keys.toLog(),
                        keys.streamMark(),
                        keys.pushed("i"),
                        keys.alone("1-0"),
                        keys.seen("e"),
                        keys.seenCount(1),
                        keys.refused(),
                        keys.workers(),
                        keys.databaseLsn()))
                .containsExactly(
                        "twotick:payloads",
                        "twotick:to-log",
                        "twotick:stream-mark",
                        "twotick:push:i",
                        "twotick:alone:1-0",
                        "twotick:seen:e:",
                        "twotick:seen-count:1",
                        "twotick:refused",
                        "twotick:workers",
                        "twotick:lsn");
    }

    @Test
    void allThatBelongsToAPartitionLiesInOneSlot() {
        RedisKeys keys = RedisKeys.ofPartition(4);

        assertThat(List.of(keys.payloads(), keys.toLog(), keys.pushed("i"), keys.alone("1-0"), keys.seen("e") + "x"))
                .allSatisfy(key -> assertThat(JedisClusterCRC16.getSlot(key)).isEqualTo(keys.slot()));
    }

    @ParameterizedTest
    @CsvSource({"3, 3", "6, 3", "6, 6", "12, 3", "12, 4", "12, 6", "48, 3"})
    void partitionsAreSpreadEvenlyOverMasters(int partitions, int masters) {
        assertThat(IntStream.range(0, partitions)
                        .map(n -> RedisKeys.ofPartition(n).slot() * masters / 16_384)
                        .boxed())
                .allSatisfy(master -> assertThat(IntStream.range(0, partitions)
                                .filter(n -> RedisKeys.ofPartition(n).slot() * masters / 16_384 == master))
                        .hasSize(partitions / masters));
    }
}
