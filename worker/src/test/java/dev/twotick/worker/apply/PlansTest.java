package dev.twotick.worker.apply;

import static dev.twotick.worker.apply.TestFacts.NOON;
import static dev.twotick.worker.apply.TestFacts.flow;
import static dev.twotick.worker.apply.TestFacts.message;
import static dev.twotick.worker.apply.TestFacts.status;
import static dev.twotick.worker.apply.TestFacts.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Person;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jooq.DSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// One connection, which keeps the plans of a batch that it made while nothing was in the tables.
@WithStores
class PlansTest {
    private static TestApplier emptied;
    private static HikariDataSource pool;
    private static DSLContext db;
    private static EventApplier applier;
    private int people;

    @BeforeAll
    static void open(Stores stores) {
        emptied = new TestApplier(stores);
        pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), "test", 1, Duration.ZERO);
        db = Database.jooq(pool);
        applier = TestApplier.of(db, () -> 0);
    }

    @AfterAll
    static void close() {
        pool.close();
        emptied.close();
    }

    @Test
    void whatWasPlannedWhileTablesWereEmptyIsLookedUpWhenTheyAreFull() {
        emptied.empty();
        List.of("message", "message_status", "contact", "contact_identity", "contact_mention", "conversation")
                .forEach(table -> db.execute("vacuum analyze " + table));
        for (int batch = 0; batch < 8; batch++) {
            apply(1);
        }
        assertThat(db.fetchValue("select count(*) from pg_prepared_statements"
                        + " where statement like 'insert into message (%' and generic_plans > 0"))
                .as("the plan is made")
                .isEqualTo(1L);
        for (int batch = 0; batch < 20; batch++) {
            apply(100);
        }
        Map<String, Long> before = rowsRead();
        apply(5);
        assertThat(rowsRead())
                .allSatisfy((table, read) -> assertThat(read - before.getOrDefault(table, 0L))
                        .as(table)
                        .isLessThan(300));
    }

    /// What so many people wrote and were written, in one batch.
    private void apply(int count) {
        List<Fact> facts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int n = people++;
            Person person = new Person(
                    String.valueOf(16_505_550_000L + n), n % 2 == 0 ? "US.1" + n : null, null, "P" + n, null, NOON);
            Person later = new Person(person.waId(), person.userId(), null, "Q" + n, null, NOON.plusSeconds(n + 1L));
            facts.add(text("wamid.I" + n, "hello").peer(person).fact());
            facts.add(text("wamid.J" + n, "again").peer(later).later(n + 1).fact());
            facts.add(message("wamid.R" + n)
                    .peer(person)
                    .reactsTo("wamid.I" + n, "👍")
                    .fact());
            facts.add(status("wamid.O" + n, "sent", 1));
            facts.add(status("wamid.O" + n, "delivered", 2));
            facts.add(flow("wamid.I" + n, 1, "{}"));
            facts.add(PeopleFacts.prefers("p" + n, person, "stop", 1));
            facts.add(PeopleFacts.signsUp("s" + n, person, "S", 1));
        }
        TestApplier.apply(applier, facts.stream().map(TestApplier::work).toList());
    }

    private static Map<String, Long> rowsRead() {
        db.execute("select pg_stat_force_next_flush()");
        Map<String, Long> read = new TreeMap<>();
        db.fetch("select t.relname, t.seq_tup_read + coalesce((select sum(i.idx_tup_read)"
                        + " from pg_stat_user_indexes i where i.relid = t.relid), 0) from pg_stat_user_tables t")
                .forEach(row -> read.put(row.get(0, String.class), row.get(1, Long.class)));
        return read;
    }
}
