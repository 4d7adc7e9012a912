package dev.twotick.worker.upkeep;

import static dev.twotick.db.schema.Tables.PAYLOAD_LOG;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.RedisKeys;
import dev.twotick.queue.ToLogEntries;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.replay.LogFixture;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.resps.StreamEntryBinary;

@WithStores
@Tag("containers")
class ToLogTest {
    private final Stores stores;
    private final LogFixture log;

    ToLogTest(Stores stores) {
        this.stores = stores;
        log = new LogFixture(stores);
    }

    @BeforeEach
    void empty() {
        log.empty();
    }

    @AfterEach
    void close() {
        log.close();
    }

    private Upkeep toLog() {
        Upkeep upkeep = new Upkeep(
                log.pool, List.of(new ToLog(log.db, log.streams, Duration.ofMillis(50))), new SimpleMeterRegistry());
        upkeep.start();
        return upkeep;
    }

    private PayloadId accept(Instant at, byte[] body) {
        PayloadId id = PayloadId.at(at);
        QueuedPayload payload = new QueuedPayload(id, at, body, "app", new byte[32], null, false, false);
        log.redis.xadd(RedisKeys.ALONE.toLog().getBytes(UTF_8), XAddParams.xAddParams(), payload.toFields());
        return id;
    }

    @Test
    void acceptedPayloadsAreMovedOnceAndByteForByte() {
        byte[] bytes = {0, 1, (byte) 0xff, (byte) 0xfe, '\n', '"'};
        for (int n = 0; n < 600; n++) {
            accept(Instant.now(), bytes);
        }
        try (Upkeep _ = toLog();
                Upkeep _ = toLog()) {
            await().until(() -> log.redis.xlen(RedisKeys.ALONE.toLog()) == 0);
        }
        assertThat(log.entries()).isEqualTo(600);
        assertThat(log.db.fetchCount(PAYLOAD_LOG)).isEqualTo(600);
        assertThat(log.db.selectDistinct(PAYLOAD_LOG.BODY).from(PAYLOAD_LOG).fetch(PAYLOAD_LOG.BODY))
                .containsExactly(bytes);
    }

    @Test
    void aMoveThatDiedAfterTheCommitIsFinished() {
        PayloadId id = accept(Instant.now(), new byte[1]);
        log.db
                .insertInto(PAYLOAD_LOG)
                .values(id.value(), Instant.now(), new byte[1], new byte[32], "app")
                .execute();
        try (Upkeep _ = toLog()) {
            await().until(() -> log.redis.xlen(RedisKeys.ALONE.toLog()) == 0);
        }
        assertThat(log.entries()).isEqualTo(1);
        assertThat(log.db.fetchCount(PAYLOAD_LOG)).isEqualTo(1);
    }

    @Test
    void aDayWithoutPartitionGetsOne() {
        accept(Instant.now().minus(Duration.ofDays(40)), new byte[1]);
        try (Upkeep _ = toLog()) {
            await().until(() -> log.redis.xlen(RedisKeys.ALONE.toLog()) == 0);
        }
        assertThat(log.db.fetchCount(PAYLOAD_LOG)).isEqualTo(1);
    }

    @Test
    void whatCannotBeReadStaysAndHoldsUpNothing() {
        log.redis.xadd(RedisKeys.ALONE.toLog(), StreamEntryID.NEW_ENTRY, Map.of("hello", "world"));
        accept(Instant.now(), new byte[1]);
        try (Upkeep _ = toLog()) {
            await().until(() -> log.redis.xlen(RedisKeys.ALONE.payloads()) == 1);
        }
        assertThat(log.redis.xlen(RedisKeys.ALONE.toLog())).isEqualTo(1);
    }

    @Test
    void aRedisWithoutMemoryIsFreedOfWhatTheLogHas() {
        PayloadId id = accept(Instant.now(), new byte[1]);
        log.redis.configSet("maxmemory", "1");
        try (Upkeep _ = toLog()) {
            await().until(() -> log.redis.xlen(RedisKeys.ALONE.toLog()) == 0);
        } finally {
            log.redis.configSet("maxmemory", "0");
        }
        assertThat(log.db.fetch(PAYLOAD_LOG).getValues(PAYLOAD_LOG.ID)).containsExactly(id.value());
    }

    /// A new master gives an id again that the old one gave and forgot.
    @ParameterizedTest
    @ValueSource(strings = {"0", "1"})
    void anEntryWhosePayloadIsAnotherByNowStays(String maxmemory) {
        ToLogEntries entries = new ToLogEntries(log.streams.first());
        accept(Instant.now(), new byte[1]);
        StreamEntryBinary forgotten = entries.page("-", 1).getFirst();
        log.redis.del(RedisKeys.ALONE.toLog());
        PayloadId other = PayloadId.at(Instant.now());
        log.redis.xadd(
                RedisKeys.ALONE.toLog().getBytes(UTF_8),
                XAddParams.xAddParams().id(forgotten.getID()),
                new QueuedPayload(other, other.time(), new byte[1], "app", new byte[32], null, false, false)
                        .toFields());

        log.redis.configSet("maxmemory", maxmemory);
        try {
            entries.passOn(List.of(new ToLogEntries.Entry(
                    forgotten.getID().toString(), QueuedPayload.fromFields(forgotten.getFields()))));
        } finally {
            log.redis.configSet("maxmemory", "0");
        }

        assertThat(entries.page("-", 10))
                .singleElement()
                .satisfies(left -> assertThat(
                                QueuedPayload.fromFields(left.getFields()).id())
                        .isEqualTo(other));
    }

    @Test
    void itGoesOnSecondsAfterPostgresqlIsBack() {
        try (Upkeep _ = toLog()) {
            stores.stopPostgres();
            accept(Instant.now(), new byte[1]);
            stores.startPostgres();
            await().until(() -> log.redis.xlen(RedisKeys.ALONE.toLog()) == 0);
        }
        assertThat(log.entries()).isEqualTo(1);
    }
}
