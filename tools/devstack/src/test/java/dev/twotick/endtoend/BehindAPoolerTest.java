package dev.twotick.endtoend;

import static dev.twotick.endtoend.Bodies.messages;
import static dev.twotick.endtoend.Bodies.payload;
import static dev.twotick.endtoend.Bodies.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.PgBouncer;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// A whole Twotick behind PgBouncer in transaction mode as it is by default: without prepared statements, and refusing
/// the start-up parameter `options`.
@WithStores
class BehindAPoolerTest {

    static boolean pgBouncerIsHere() {
        return PgBouncer.isHere();
    }

    @Test
    @EnabledIf("pgBouncerIsHere")
    void everyPostIsTakenAndAppliedAndHealthSaysWhatIsNotInForce(Stores stores) throws Exception {
        try (PgBouncer pooler = PgBouncer.before(stores);
                Installation twotick = Installation.behind(pooler, stores);
                ExecutorService clients = Executors.newFixedThreadPool(4)) {
            twotick.startWorker();
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String wamid = "wamid.B" + i;
                answers.add(clients.submit(() ->
                        twotick.post(payload(messages("2001", List.of(text("16505552001", wamid, "hi")))))));
            }
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isEqualTo(200);
            }
            twotick.settle();

            assertThat(twotick.one("select count(*) from message where wamid like 'wamid.B%'"))
                    .isEqualTo(200L);
            assertThat(twotick.one("select unread_count from conversation")).isEqualTo(200);
            assertThat(twotick.ingestHealth())
                    .contains("plan_cache_mode is auto")
                    .contains("statement_timeout is 0");
            assertThat(twotick.workerHealth())
                    .contains("plan_cache_mode is auto")
                    .contains("statement_timeout is 0");
        }
    }
}
