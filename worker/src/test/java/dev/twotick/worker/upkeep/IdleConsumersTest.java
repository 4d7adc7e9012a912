package dev.twotick.worker.upkeep;

import static dev.twotick.model.queue.PayloadStreams.GROUP;
import static dev.twotick.model.queue.PayloadStreams.PAYLOADS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.replay.LogFixture;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.StreamConsumerInfo;

@WithStores
class IdleConsumersTest {

    @Test
    void deadConsumersGoButNotWhileTheyHoldEntries(Stores stores) {
        try (LogFixture log = new LogFixture(stores)) {
            log.push(log.log(Instant.now(), 1));
            log.redis.xgroupCreate(PAYLOADS, GROUP, new StreamEntryID(0, 0), true);
            log.redis.xgroupCreateConsumer(PAYLOADS, GROUP, "dead");
            log.redis.xreadGroup(
                    GROUP,
                    "dead with entries",
                    XReadGroupParams.xReadGroupParams(),
                    Map.of(PAYLOADS, StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
            try (Upkeep upkeep = new Upkeep(log.pool, List.of(new IdleConsumers(log.redis, Duration.ofMillis(1))))) {
                upkeep.start();
                await().until(() -> log.redis.xinfoConsumers2(PAYLOADS, GROUP).size() == 1);
            }
            assertThat(log.redis.xinfoConsumers2(PAYLOADS, GROUP))
                    .extracting(StreamConsumerInfo::getName)
                    .containsExactly("dead with entries");
        }
    }
}
