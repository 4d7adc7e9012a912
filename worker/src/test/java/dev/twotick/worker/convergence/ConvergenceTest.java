package dev.twotick.worker.convergence;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.EventApplier;
import dev.twotick.worker.apply.Registrations;
import dev.twotick.worker.campaigns.CampaignFill;
import dev.twotick.worker.campaigns.CampaignTotals;
import dev.twotick.worker.outbox.Outbox;
import dev.twotick.worker.privacy.Horizon;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jooq.DSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// State is a function of the set of facts: each history is applied in two random ways, into two databases, and what
/// they hold must be the same. A failure names its seed:
///
/// ```
/// ./twotick test -Dtest=ConvergenceTest -Dsurefire.failIfNoSpecifiedTests=false \
///     -Dtwotick.seed=… -Dtwotick.histories=1
/// ```
@WithStores
class ConvergenceTest {
    private static final int HISTORIES = Integer.getInteger("twotick.histories", 250);
    private static final long SEED = Long.getLong("twotick.seed", System.nanoTime());

    private static Side one;
    private static Side other;

    /// One database of the two.
    private record Side(
            HikariDataSource pool,
            DSLContext database,
            EventApplier applier,
            Registrations registrations,
            CampaignTotals campaigns) {

        static Side open(String url, Stores stores) {
            HikariDataSource pool = Database.pool(
                    new DatabaseSettings(url, stores.user(), stores.password()), "convergence", 8, Duration.ZERO);
            Migrations.migrate(pool);
            DSLContext database = Database.jooq(pool);
            Outbox outbox = new Outbox(Duration.ofSeconds(60));
            Horizon horizon = new Horizon(Optional.empty(), 0);
            EventApplier applier = new EventApplier(database, outbox, () -> 0, _ -> {}, true, horizon);
            return new Side(
                    pool,
                    database,
                    applier,
                    new Registrations(database, applier, new CampaignFill(database, outbox, true, horizon)),
                    new CampaignTotals(database, outbox));
        }

        void apply(List<Unit> history, long business, long seed) throws InterruptedException {
            prepare(business);
            new Way(seed).apply(history, applier, registrations);
        }

        private void prepare(long business) {
            database.execute("insert into business (id, name) values (?, ?)", business, "business " + business);
            for (String number : World.accounts(business)) {
                database.execute("insert into account (business_id, phone_number_id) values (?, ?)", business, number);
            }
            database.execute("insert into label (business_id, name) values (?, 'signed up')", business);
            database.execute(
                    "insert into signup (signup_id, business_id, auto_add_label_id)"
                            + " select ?, business_id, id from label where business_id = ?",
                    World.signupId(0),
                    business);
            database.execute(
                    "insert into campaign (key, business_id, sealed_at) values (?, ?, now())",
                    World.campaign(1),
                    business);
        }
    }

    @BeforeAll
    static void open(Stores stores) throws SQLException {
        try (var connection = stores.connect();
                var statement = connection.createStatement()) {
            statement.execute("create database convergence");
            for (String database : List.of(connection.getCatalog(), "convergence")) {
                // a crash of the server is not what is tested here
                statement.execute("alter database \"" + database + "\" set synchronous_commit = off");
            }
        }
        one = Side.open(stores.jdbcUrl(), stores);
        other = Side.open(stores.jdbcUrl().replaceFirst("/[^/?]+(\\?|$)", "/convergence$1"), stores);
    }

    @AfterAll
    static void close() {
        one.pool.close();
        other.pool.close();
    }

    @Test
    void anyOrderPackingDuplicationAndConcurrencyEndInTheSameState() throws Exception {
        System.out.println("convergence: " + HISTORIES + " histories from seed " + SEED);
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < HISTORIES; i++) {
                long seed = SEED + i;
                long business = business(seed);
                running.add(threads.submit(() -> {
                    List<Unit> history = new World(business, new Random(seed * 0x9E3779B97F4A7C15L)).history();
                    one.apply(history, business, seed);
                    other.apply(history, business, ~seed);
                    return null;
                }));
            }
            for (int i = 0; i < HISTORIES; i++) {
                try {
                    running.get(i).get();
                } catch (ExecutionException e) {
                    throw new AssertionError("history of seed " + (SEED + i) + " could not be applied", e.getCause());
                }
            }
        }
        one.campaigns.dirty().forEach(one.campaigns::recount);
        other.campaigns.dirty().forEach(other.campaigns::recount);
        Map<Long, List<String>> first = Dump.of(one.database);
        Map<Long, List<String>> second = Dump.of(other.database);
        List<String> differing = new ArrayList<>();
        for (int i = 0; i < HISTORIES; i++) {
            List<String> mine = first.getOrDefault(business(SEED + i), List.of());
            List<String> theirs = second.getOrDefault(business(SEED + i), List.of());
            if (!mine.equals(theirs)) {
                differing.add(difference(SEED + i, mine, theirs));
            }
        }
        assertThat(differing.stream().limit(5).toList())
                .as("%d of %d histories end in different states", differing.size(), HISTORIES)
                .isEmpty();
        for (Side side : List.of(one, other)) {
            assertThat(ConversationCounts.wrong(side.database))
                    .as("conversations that do not say what is in them")
                    .isEmpty();
            assertThat(ContactNotices.miscounted(side.database))
                    .as("businesses with other contacts than were created and not merged")
                    .isEmpty();
            assertThat(ContactNotices.outdated(side.database))
                    .as("businesses with a contact whose last notice tells another state")
                    .isEmpty();
        }
    }

    /// Of one width, so that no id of one business begins as another's; of the seed, so that a rerun is the same.
    private static long business(long seed) {
        return 1_000_000 + Math.floorMod(seed, 1_000_000L);
    }

    private static String difference(long seed, List<String> mine, List<String> theirs) {
        List<String> left = new ArrayList<>(mine);
        left.removeAll(theirs);
        List<String> right = new ArrayList<>(theirs);
        right.removeAll(mine);
        return "seed " + seed + "\n  one:   " + String.join("\n         ", left) + "\n  other: "
                + String.join("\n         ", right) + "\n";
    }
}
