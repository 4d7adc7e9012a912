package dev.twotick.endtoend;

import static dev.twotick.endtoend.Bodies.messages;
import static dev.twotick.endtoend.Bodies.payload;
import static dev.twotick.endtoend.Bodies.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.LocalRedis;
import dev.twotick.stores.RedisSentinels;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/// Redis behind three Sentinels, which make another server the master.
@WithStores
class SentinelTest {
    @TempDir
    private Path home;

    private final Stores stores;
    private RedisSentinels redis;
    private Installation twotick;
    private int posted;

    SentinelTest(Stores stores) {
        this.stores = stores;
    }

    @BeforeEach
    void start() throws Exception {
        redis = RedisSentinels.start(home, 1, 2);
        twotick = Installation.behind(redis, stores);
        twotick.startWorker();
    }

    @AfterEach
    void stop() {
        twotick.close();
        redis.close();
    }

    @Test
    void everythingGoesOnAtTheNewMaster() throws Exception {
        postsComeOut();

        LocalRedis first = redis.master();
        first.pause();
        redis.awaitAnother(first);
        postsComeOut();
        first.resume();
        redis.awaitReplicas();
        await().until(() -> isLeftAlone(first));
        postsComeOut();

        LocalRedis second = redis.master();
        redis.failOver();
        postsComeOut();
        await().until(() -> isLeftAlone(second));
        await().until(() -> twotick.workerHealth().contains("\"redis\":\"up\""));
    }

    @Test
    void whoeverLacksTheSentinelsPasswordIsTold() throws Exception {
        twotick.stopWorkers();
        twotick.environment.put("TWOTICK_REDIS_SENTINEL_PASSWORD", "another");
        twotick.startWorker();

        await().until(() -> twotick.workerHealth().contains("TWOTICK_REDIS_SENTINEL_PASSWORD"));
    }

    private void postsComeOut() throws Exception {
        String wamid = "wamid.Sentinel" + System.nanoTime() + posted++;
        assertThat(twotick.post(payload(messages("3101", List.of(text("16505553101", wamid, "hello"))))))
                .isEqualTo(200);
        await().until(() -> twotick.hook.about(wamid).size() == 1);
    }

    /// One that hung was the master for itself, and for nobody else.
    private static boolean isLeftAlone(LocalRedis server) {
        try (Jedis jedis = new Jedis(URI.create(server.url()))) {
            return !jedis.clientList().contains("name=twotick");
        }
    }
}
