package dev.twotick.worker.apply;

import static dev.twotick.worker.apply.TestFacts.ADA;
import static dev.twotick.worker.apply.TestFacts.NOON;
import static dev.twotick.worker.apply.TestFacts.status;
import static dev.twotick.worker.apply.TestFacts.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.stores.PostgresWire;
import dev.twotick.stores.PostgresWire.Sent;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Person;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// How often a transaction goes to PostgreSQL and waits, which is most of what one message waits for.
@WithStores
class TripsTest {
    private static TestApplier twotick;
    private static PostgresWire wire;
    private static HikariDataSource pool;
    private static EventApplier applier;
    private static int facts;

    @BeforeAll
    static void open(Stores stores) throws IOException {
        twotick = new TestApplier(stores);
        wire = new PostgresWire(stores.jdbcUrl());
        pool = Database.pool(
                new DatabaseSettings(wire.jdbcUrl(), stores.user(), stores.password()), "test", 1, Duration.ZERO);
        applier = TestApplier.of(Database.jooq(pool), () -> 0);
    }

    @AfterAll
    static void close() {
        pool.close();
        wire.close();
        twotick.close();
    }

    @Test
    void aMessageTakesFourTrips() {
        assertThat(last(() -> List.of(message(ADA)))).isEqualTo(new Sent(4, 6));
    }

    @Test
    void aStatusTakesThree() {
        assertThat(last(() -> List.of(sent()))).isEqualTo(new Sent(3, 5));
    }

    @Test
    void aBatchTakesSevenStatements() {
        assertThat(last(() -> IntStream.range(0, 200)
                        .mapToObj(n ->
                                n % 2 == 0 ? message(TestFacts.person(String.valueOf(16_505_550_000L + n))) : sent())
                        .toList()))
                .isEqualTo(new Sent(5, 7));
    }

    private interface Batch {
        List<Fact> facts();
    }

    /// Of the tenth: by then everybody is known, and each statement has a name.
    private Sent last(Batch batch) {
        List<Sent> each = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            List<Fact> facts = batch.facts();
            wire.sent();
            TestApplier.apply(applier, facts.stream().map(TestApplier::work).toList());
            each.add(wire.sent());
        }
        return each.getLast();
    }

    private Fact message(Person person) {
        int n = facts++;
        return text("wamid.T" + n, "hello")
                .peer(new Person(person.waId(), null, null, person.name(), null, NOON.plusSeconds(n)))
                .later(n)
                .fact();
    }

    private Fact sent() {
        int n = facts++;
        return status("wamid.T" + n, "sent", n);
    }
}
