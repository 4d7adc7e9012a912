package dev.twotick.endtoend;

import static dev.twotick.endtoend.Bodies.messages;
import static dev.twotick.endtoend.Bodies.payload;
import static dev.twotick.endtoend.Bodies.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.queue.RedisKeys;
import dev.twotick.stores.LocalRedis;
import dev.twotick.stores.RedisCluster;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;

/// Redis as a Cluster of three masters, each with a replica.
@WithStores
class ClusterTest {
    private static final RedisKeys FIRST = RedisKeys.ofPartition(0);
    private static final AtomicInteger POSTED = new AtomicInteger(10_000);

    @TempDir
    private Path home;

    private final Stores stores;
    private RedisCluster redis;
    private Installation twotick;

    ClusterTest(Stores stores) {
        this.stores = stores;
    }

    @BeforeEach
    void start() throws Exception {
        redis = RedisCluster.start(home);
        redis.aimAt(FIRST.payloads());
        twotick = Installation.on(redis, stores);
        twotick.startWorker();
    }

    @AfterEach
    void stop() {
        twotick.close();
        redis.close();
        stores.startPostgres();
    }

    @Test
    void everythingGoesOnAtTheNewMaster() throws Exception {
        comeOut(post(40));
        assertThat(partitionsUsed()).as("partitions that have a stream").isEqualTo(6);

        redis.late(Duration.ofMillis(60));
        LocalRedis killed = redis.master();
        List<String> before = post(40);
        killed.kill();
        List<String> meanwhile = post(40);
        redis.awaitAnother(killed);
        comeOut(before);
        comeOut(meanwhile);
        killed.startAgain();
        redis.awaitReplicas();

        LocalRedis hung = redis.master();
        hung.pause();
        meanwhile = post(40);
        redis.awaitAnother(hung);
        hung.resume();
        comeOut(meanwhile);
        redis.awaitReplicas();

        redis.failOver();
        comeOut(post(40));
        redis.awaitReplicas();

        List<String> forgotten = post(40);
        redis.forceFailOver();
        comeOut(forgotten);
    }

    @Test
    void aSlotMovesWithAllThatItHolds() throws Exception {
        comeOut(post(20));
        LocalRedis old = redis.master();
        twotick.stopWorkers();
        List<String> wait = post(60);
        try (Jedis jedis = redis.jedis(FIRST.payloads())) {
            await().until(() -> jedis.xlen(FIRST.payloads()) > 0);
        }

        redis.moveSlot();
        assertThat(redis.master()).isNotSameAs(old);
        List<String> behind = post(60);
        twotick.startWorker();
        comeOut(wait);
        comeOut(behind);

        isUsedAgain();

        redis.moveSlot();
        comeOut(post(60));
        isUsedAgain();
    }

    /// Nor what lies in its streams, nor what would have gone there.
    @Test
    void aMasterThatDoesNotComeBackHoldsUpNothing() throws Exception {
        comeOut(post(20));
        twotick.stopWorkers();
        List<String> wait = post(40);
        try (Jedis jedis = redis.jedis(FIRST.payloads())) {
            await().until(() -> jedis.xlen(FIRST.payloads()) > 0);
        }

        LocalRedis master = redis.master();
        LocalRedis replica = redis.replica();
        replica.kill();
        master.kill();
        twotick.startWorker();
        List<String> behind = post(40);
        comeOut(behind);
        comeOut(wait);
    }

    /// Payloads that Redis alone holds, while a master dies.
    @Test
    void withoutPostgresNothingIsTakenThatCouldBeLost() throws Exception {
        comeOut(post(20));
        stores.stopPostgres();
        await().until(() -> twotick.ingestHealth().contains("\"postgres\":{\"answers\":false"));
        List<String> taken = post(40);
        assertThat(taken).hasSize(40);

        redis.late(Duration.ofMillis(60));
        LocalRedis killed = redis.master();
        killed.kill();
        taken.addAll(post(20));
        redis.awaitAnother(killed);
        await().until(() -> twotick.ingestHealth().contains("1 of Redis' 1 replicas are missing"));
        await().until(() -> isTakenElsewhere(taken));
        assertThat(isTakenElsewhere(taken))
                .as("parked only where no node is missing that may be the next master")
                .isTrue();

        killed.startAgain();
        redis.awaitReplicas();
        await().until(() -> twotick.ingestHealth().contains("\"durable\":true"));
        assertThat(isTakenElsewhere(taken)).isFalse();
        stores.startPostgres();
        comeOut(taken);
    }

    @Test
    void aWorkerThatReadsTooFewPartitionsSaysSo() throws Exception {
        twotick.stopWorkers();
        twotick.environment.put("TWOTICK_REDIS_PARTITIONS", "3");
        twotick.startWorker();
        List<String> wait = post(40);
        await().until(() -> twotick.workerHealth().contains("TWOTICK_REDIS_PARTITIONS is 3 here, and 6 for ingest"));

        twotick.stopWorkers();
        twotick.environment.put("TWOTICK_REDIS_PARTITIONS", "12");
        twotick.startWorker();
        comeOut(wait);
        assertThat(twotick.workerHealth()).contains("\"redis\":\"up\"");
    }

    /// The first partition, where it is now: payloads come there, and are taken from there.
    private void isUsedAgain() throws Exception {
        StreamEntryID before = lastEntry();
        await().until(() -> {
            comeOut(post(10));
            return lastEntry().compareTo(before) > 0;
        });
        try (Jedis jedis = redis.jedis(FIRST.payloads())) {
            await().until(() -> jedis.xlen(FIRST.payloads()) == 0);
        }
    }

    private StreamEntryID lastEntry() {
        try (Jedis jedis = redis.jedis(FIRST.payloads())) {
            return jedis.xinfoStream(FIRST.payloads()).getLastGeneratedId();
        }
    }

    /// @return the wamids of those that were answered 200
    private List<String> post(int posts) throws Exception {
        List<String> taken = new ArrayList<>();
        for (int n = 0; n < posts; n++) {
            String wamid = "wamid.Cluster" + POSTED.incrementAndGet();
            int status = twotick.post(payload(messages("3102", List.of(text("16505553102", wamid, "hello")))));
            assertThat(status).isIn(200, 503);
            if (status == 200) {
                taken.add(wamid);
            }
        }
        return taken;
    }

    private void comeOut(List<String> wamids) {
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(wamids)
                        .allSatisfy(wamid ->
                                assertThat(twotick.hook.about(wamid)).as(wamid).hasSize(1)));
    }

    /// All of many, and none in the first partition.
    private boolean isTakenElsewhere(List<String> taken) throws Exception {
        long before = parkedInFirst();
        List<String> more = post(40);
        taken.addAll(more);
        return more.size() == 40 && parkedInFirst() == before;
    }

    private long parkedInFirst() {
        try (Jedis jedis = redis.jedis(FIRST.toLog())) {
            return jedis.xlen(FIRST.toLog());
        }
    }

    private int partitionsUsed() {
        int used = 0;
        for (int n = 0; n < 6; n++) {
            String stream = RedisKeys.ofPartition(n).payloads();
            try (Jedis jedis = redis.jedis(stream)) {
                used += jedis.exists(stream) ? 1 : 0;
            }
        }
        return used;
    }
}
