package dev.twotick.endtoend;

import static dev.twotick.endtoend.Bodies.messages;
import static dev.twotick.endtoend.Bodies.payload;
import static dev.twotick.endtoend.Bodies.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.db.DatabaseSettings;
import dev.twotick.stores.FreePort;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jboss.byteman.agent.Main;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.RedisClient;

/// No thread of either process dies in silence: an exception is logged and the thread goes on; an error is logged and
/// the process ends. Faults are thrown by Byteman, once, at the entry of a method.
@WithStores
@Timeout(300)
class ThreadsTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "ingest, dev.twotick.ingest.PayloadLogTable, insert(java.util.List), payload-log-",
        "ingest, dev.twotick.ingest.PayloadStream, room, payload-stream",
        "ingest, dev.twotick.ingest.StoreWatch, probePostgres, watch-postgres",
        "worker, dev.twotick.queue.ConsumerGroup, read, consume-",
        "worker, dev.twotick.worker.consume.StreamGauges$Sample, take, consume-heartbeat",
        "worker, dev.twotick.worker.outbox.DeliveryLedger, claimDue, hook-claim",
        "worker, dev.twotick.worker.outbox.DeliveryLedger, record, hook-record",
        "worker, dev.twotick.worker.deliver.HookSender, send, ''",
        "worker, dev.twotick.worker.upkeep.DatabaseEpoch, refresh, database-epoch",
        "worker, dev.twotick.worker.upkeep.Requeue, cycle, upkeep-requeue",
    })
    void anErrorEndsTheProcess(String process, String type, String method, String thread, Stores stores)
            throws Exception {
        try (Installation twotick = installation(stores);
                Jvm faulty = start(process, twotick, once(type, method, "java.lang.NoClassDefFoundError"))) {
            twotick.post(hello("wamid.Error" + method.hashCode()));
            if (process.equals("ingest")) {
                postUntilAnswered(faulty);
            }
            assertThat(faulty.ended()).as(faulty.log()).isEqualTo(70);
            assertThat(faulty.log()).contains("thread=" + thread, "state=ends-process", "NoClassDefFoundError");
        }
    }

    @Test
    void exceptionsEndNoThreadOfIngest(Stores stores) throws Exception {
        String fault = "java.lang.IllegalStateException";
        try (Installation twotick = installation(stores);
                Jvm ingest = start(
                        "ingest",
                        twotick,
                        once("dev.twotick.ingest.PayloadStream", "push", fault)
                                + once("dev.twotick.ingest.PayloadStream", "room", fault)
                                + once("dev.twotick.ingest.RedisWatch", "probe", fault))) {
            await().until(() -> ingest.log().contains("durability="));
            ingest.ready();
            assertThat(post(ingest, "wamid.Push"))
                    .as("it is logged, whatever becomes of its push")
                    .isEqualTo(200);
            assertThat(post(ingest, "wamid.Room")).isEqualTo(200);
            await().until(() -> ingest.log().contains("thread=payload-stream state=fault"));
            assertThat(post(ingest, "wamid.Pushed")).isEqualTo(200);
            try (RedisClient redis = RedisClient.create(stores.redisUrl())) {
                await().until(() -> redis.xlen("twotick:payloads") == 1);
            }
            assertThat(ingest.isAlive()).isTrue();
        }
    }

    private static Installation installation(Stores stores) throws Exception {
        try (RedisClient redis = RedisClient.create(stores.redisUrl())) {
            redis.flushAll();
        }
        return new Installation(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), stores.redisUrl());
    }

    private Jvm start(String process, Installation twotick, String rules) throws IOException {
        Path script = Files.writeString(folder.resolve(process + ".btm"), rules);
        String agent = "-javaagent:"
                + Path.of(Main.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath())
                + "=script:" + script;
        Map<String, String> environment = at(FreePort.any(), twotick);
        return process.equals("ingest")
                ? Jvm.ingest("128m", environment, agent)
                : Jvm.worker("192m", environment, agent);
    }

    private static String once(String type, String method, String fault) {
        return """
                RULE %1$s.%2$s
                CLASS %1$s
                METHOD %2$s
                AT ENTRY
                IF flag("%1$s.%2$s")
                DO throw new %3$s("thrown by a test")
                ENDRULE

                """.formatted(type, method, fault);
    }

    private static Map<String, String> at(int port, Installation twotick) {
        Map<String, String> environment = new HashMap<>(twotick.environment);
        environment.put("TWOTICK_HTTP_PORT", String.valueOf(port));
        environment.put("TWOTICK_WORKER_PORT", String.valueOf(port));
        environment.put("TWOTICK_HTTP_HOST", "127.0.0.1");
        return environment;
    }

    /// One batch is all that it takes; the process may end under it, or of its first look at a store.
    private static void postUntilAnswered(Jvm ingest) {
        try {
            ingest.ready();
            post(ingest, "wamid.Fault");
        } catch (Exception cutOff) {
            assertThat(cutOff).isInstanceOfAny(IOException.class, Poster.Refused.class, IllegalStateException.class);
        }
    }

    private static String hello(String wamid) {
        return payload(messages("15550001000", List.of(text("16505551234", wamid, "hello"))));
    }

    private static int post(Jvm ingest, String wamid) throws Exception {
        try (Poster poster = new Poster()) {
            return poster.post(ingest.port(), hello(wamid).getBytes(UTF_8));
        }
    }
}
