package dev.twotick.worker.apply;

import static dev.twotick.worker.apply.TestFacts.ADA;
import static dev.twotick.worker.apply.TestFacts.BEN;
import static dev.twotick.worker.apply.TestFacts.NOON;
import static dev.twotick.worker.apply.TestFacts.flow;
import static dev.twotick.worker.apply.TestFacts.message;
import static dev.twotick.worker.apply.TestFacts.notice;
import static dev.twotick.worker.apply.TestFacts.status;
import static dev.twotick.worker.apply.TestFacts.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.MessageTold.Source;
import dev.twotick.worker.interpret.Person;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Four appliers with the same rows in opposite orders: every table's rows are taken in the order of their
/// keys, and the tables in one order, so they wait for each other, and none is a deadlock's victim.
@WithStores
class LockOrderTest {
    private static TestApplier twotick;

    @BeforeAll
    static void open(Stores stores) {
        twotick = new TestApplier(stores);
    }

    @AfterAll
    static void close() {
        twotick.close();
    }

    @Test
    void fourAppliersWithOverlappingKeysInOppositeOrdersDoNotDeadlock() throws Exception {
        List<Fact> facts = facts();
        twotick.applyApart(facts);
        String expected = twotick.dump();
        long deadlocks = deadlocks();
        for (int round = 0; round < 6; round++) {
            twotick.empty();
            applyFromFour(facts, round);
            assertThat(twotick.dump()).as("round " + round).isEqualTo(expected);
        }
        assertThat(deadlocks()).isEqualTo(deadlocks);
    }

    private static void applyFromFour(List<Fact> facts, int round) throws Exception {
        try (ExecutorService appliers = Executors.newFixedThreadPool(4)) {
            CountDownLatch go = new CountDownLatch(1);
            List<Future<?>> done = new ArrayList<>();
            for (int a = 0; a < 4; a++) {
                List<Fact> mine = new ArrayList<>(facts);
                Collections.shuffle(mine, new Random(10L * round + a));
                done.add(appliers.submit(() -> {
                    go.await();
                    for (int i = 0; i < mine.size(); i += 20) {
                        twotick.applyApart(mine.subList(i, Math.min(i + 20, mine.size())));
                    }
                    return null;
                }));
            }
            go.countDown();
            for (Future<?> applier : done) {
                applier.get();
            }
        }
    }

    private static List<Fact> facts() {
        List<Fact> facts = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            String wamid = "wamid.M" + i;
            facts.add(text(wamid, "by Ada").later(i).fact());
            facts.add(text(wamid, "by Ben").peer(BEN).later(i % 3).fact());
            facts.add(text(wamid, "echo").by(Source.ECHO).fact());
            facts.add(text(wamid, "history").by(Source.HISTORY).later(i).fact());
            facts.add(status(wamid, "delivered", i));
            facts.add(status(wamid, "read", i));
            facts.add(message("wamid.R" + i).reactsTo(wamid, "👍").fact());
            facts.add(text("wamid.E" + i, "edited")
                    .edits("wamid.M" + (11 - i))
                    .later(i)
                    .fact());
            facts.add(text("wamid.A" + i, "again").peer(called(ADA, i)).later(i).fact());
            facts.add(text("wamid.B" + i, "again").peer(called(BEN, i)).later(i).fact());
            facts.add(PeopleFacts.signsUp("s" + i, i % 2 == 0 ? ADA : BEN, "S", 12 - i));
            facts.add(flow(wamid, i, "{\"i\":" + i + "}"));
            facts.add(notice(
                    "t" + i,
                    NOON.plusSeconds(i),
                    "{\"t\":" + i + "}",
                    new Effect.TemplateChanged("T" + i % 3, "name", "en", "S" + i, null, null, null, null)));
            facts.add(notice(
                    "c" + i,
                    NOON.plusSeconds(i),
                    "{\"c\":" + i + "}",
                    new Effect.CallReported("C" + i % 3, null, "E" + i, null, ADA, null, null, null, null)));
        }
        return facts;
    }

    private static Person called(Person person, int at) {
        return new Person(person.waId(), null, null, "Name " + at, null, NOON.plusSeconds(at));
    }

    private static long deadlocks() {
        twotick.execute("select pg_stat_force_next_flush()");
        return (long) twotick.row("select deadlocks from pg_stat_database where datname = current_database()");
    }
}
