package dev.twotick.worker.consume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@WithStores
class DeathCountTest {
    private final Stores stores;
    private final TestStream stream;
    private final StreamEntry entry = new StreamEntry("1795263760312-7", TestStream.payload(), 3, 0);

    DeathCountTest(Stores stores) {
        this.stores = stores;
        stream = new TestStream(stores);
    }

    @BeforeEach
    void empty() {
        stream.redis.flushAll();
    }

    @AfterEach
    void close() {
        stream.close();
    }

    private DeathCount worker() {
        return new DeathCount(stream.partition, entry);
    }

    @Test
    void whoeverEndsInTheMiddleOfAnAttemptCounts() {
        worker().begins();
        worker().begins();
        assertThat(worker().deaths().number()).isEqualTo(2);
    }

    @Test
    void whoeverEndsWhileItWaitsOutAnOutageDoesNot() {
        for (int death = 0; death < 10; death++) {
            DeathCount worker = worker();
            for (int attempt = 0; attempt < 5; attempt++) {
                worker.begins();
                worker.endsInOutage();
            }
        }
        assertThat(worker().deaths().number()).isZero();
        assertThat(stream.redis.keys("*")).isEmpty();
    }

    @Test
    void deathsBeforeAnOutageStayCounted() {
        worker().begins();
        DeathCount worker = worker();
        worker.begins();
        worker.endsInOutage();
        assertThat(worker().deaths().number()).isEqualTo(1);
    }

    @Test
    void anAttemptCountsOnce() {
        DeathCount worker = worker();
        worker.begins();
        worker.begins();
        assertThat(worker().deaths().number()).isEqualTo(1);
        worker.takeBack();
        assertThat(worker().deaths().number()).isZero();
    }

    @Test
    void aDeathThatRedisDidNotLiveThroughIsNotTheEntrys() {
        worker().begins();
        worker().begins();
        stores.stopRedis();
        stores.startRedis();
        stream.redis.getPool().clear();
        assertThat(worker().deaths().number()).as("the last one").isEqualTo(1);
        assertThat(worker().deaths().number())
                .as("and not one more at each look")
                .isEqualTo(1);
        worker().begins();
        assertThat(worker().deaths().number()).isEqualTo(2);
    }

    @Test
    void aRedisWithoutMemoryForTheCountDoesNotHoldUpTheEntry() {
        stream.redis.configSet("maxmemory", "1");
        try {
            worker().begins();
            assertThat(worker().deaths().number()).isZero();
        } finally {
            stream.redis.configSet("maxmemory", "0");
        }
    }
}
