package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.HOOK_DELIVERY;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.stores.Stores;
import dev.twotick.worker.outbox.DeliveryLedger.Room;
import dev.twotick.worker.outbox.DeliveryLedger.Rooms;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// One connection, which keeps the plans that it made after an idle hour, when no call waited and PostgreSQL had been
/// told so.
@Tag("postgres15")
class DeliveryPlansTest extends HookTablesFixture {
    private static final int WAITING = 3_000;
    private static final int CALLS = 16;

    private static HikariDataSource pool;
    private static DSLContext db;
    private int owed;

    @BeforeAll
    static void open(Stores stores) {
        pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), "test", 1, Duration.ZERO);
        db = Database.jooq(pool);
    }

    @AfterAll
    static void closeConnection() {
        pool.close();
    }

    @Test
    void whatWasPlannedWhileNoCallWaitedIsLookedUpWhenManyDo() {
        UUID endpoint = tables.endpoint("main", "https://a.example/");
        var ledger = new DeliveryLedger(db, settings);
        emptied();
        for (int i = 0; i < 8; i++) {
            owe(4);
            record(ledger, claim(ledger, endpoint));
        }
        owe(WAITING);

        List<OwedCall> calls = claim(ledger, endpoint);
        assertThat(calls).hasSize(CALLS);
        Map<String, Long> before = rowsRead();
        record(ledger, calls);
        claim(ledger, endpoint);

        // to look the calls up, to write them, and then to claim as many, past those that are held
        assertFewReadSince(before);
    }

    @Test
    void whatIsDroppedIsLookedUpToo() {
        UUID endpoint = tables.endpoint("main", "https://a.example/");
        var ledger = new DeliveryLedger(db, settings);
        emptied();
        for (int i = 0; i < 8; i++) {
            owe(4);
            pastRetention();
            assertThat(claim(ledger, endpoint)).isEmpty();
        }
        owe(WAITING);
        pastRetention();

        Map<String, Long> before = rowsRead();
        assertThat(claim(ledger, endpoint)).isEmpty();

        assertFewReadSince(before);
        // by this connection: what another has read may reach the statistics within the next test
        assertThat(db.fetchCount(HOOK_DELIVERY)).isEqualTo(WAITING - CALLS);
    }

    @Test
    void whoStandsBehindOneThatIsPutOffIsLookedUpToo() {
        UUID endpoint = tables.endpoint("main", "https://a.example/");
        tables.db.execute("update hook_endpoint set ordered = true");
        var ledger = new DeliveryLedger(db, settings);
        emptied();
        for (int i = 0; i < 8; i++) {
            oweInLines(4);
            record(ledger, claim(ledger, endpoint));
        }
        oweInLines(WAITING);

        List<OwedCall> calls = claim(ledger, endpoint);
        assertThat(calls).hasSize(CALLS);
        Map<String, Long> before = rowsRead();
        record(ledger, calls);

        assertFewReadSince(before);
    }

    @Test
    void aClaimReadsNoMoreOfManyThatWaitThanOfFew() {
        UUID endpoint = tables.endpoint("main", "https://a.example/");
        var ledger = new DeliveryLedger(db, settings);
        owe(4 * CALLS);
        long ofFew = blocksRead(() -> assertThat(claim(ledger, endpoint)).hasSize(CALLS));
        owe(10 * WAITING);

        long ofMany = blocksRead(() -> assertThat(claim(ledger, endpoint)).hasSize(CALLS));

        // each row is found, locked, found by its place and written: a block or two each time
        assertThat(ofFew).isLessThan(8 * CALLS);
        assertThat(ofMany).isLessThan(8 * CALLS);
    }

    @Test
    void aLongLineIsWalkedPastWithOneLookForItsHead() {
        UUID endpoint = tables.endpoint("main", "https://a.example/");
        tables.db.execute("update hook_endpoint set ordered = true");
        var ledger = new DeliveryLedger(db, settings);
        owe(WAITING, event -> event.inLineOf(1L, 0));
        oweInLines(CALLS);
        db.execute("vacuum analyze hook_delivery");

        long read = blocksRead(() -> assertThat(claim(ledger, endpoint)).hasSize(CALLS));

        // with a look each it is more than one for each that waits
        assertThat(read).isLessThan(WAITING / 3);
    }

    /// Of the table and its indexes, by this connection.
    private static long blocksRead(Runnable what) {
        long before = blocksRead();
        what.run();
        return blocksRead() - before;
    }

    private static long blocksRead() {
        db.execute("select pg_stat_force_next_flush()");
        return db.fetchSingle("select heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read"
                        + " from pg_statio_user_tables where relname = 'hook_delivery'")
                .get(0, Long.class);
    }

    private static void emptied() {
        List.of("hook_delivery", "hook_page", "hook_attempt").forEach(table -> db.execute("vacuum analyze " + table));
    }

    private static void pastRetention() {
        db.execute("delete from hook_page");
    }

    private static void assertFewReadSince(Map<String, Long> before) {
        Map<String, Long> read = rowsRead();
        assertThat(read)
                .allSatisfy((table, rows) -> assertThat(rows - before.getOrDefault(table, 0L))
                        .as(table)
                        .isLessThan(5 * CALLS));
    }

    private void owe(int count) {
        owe(count, event -> event);
    }

    /// As many lines as calls, so that the next of a line is never far behind.
    private void oweInLines(int count) {
        AtomicLong line = new AtomicLong();
        owe(count, event -> event.inLineOf(line.incrementAndGet() % 1_000 + 1, 0));
    }

    private void owe(int count, UnaryOperator<HookEvent> as) {
        List<HookEvent> events = IntStream.range(owed, owed + count)
                .mapToObj(n -> as.apply(HookTables.event("a.b", "fact " + n)))
                .toList();
        owed += count;
        tables.enqueue(settings, events, 0);
    }

    private static List<OwedCall> claim(DeliveryLedger ledger, UUID endpoint) {
        return ledger.claimDue(
                        new Rooms(List.of(new Room(endpoint, CALLS, 1_000_000, false, false)), 1_000_000, 1_000_000))
                .calls();
    }

    /// One in four is to be tried again.
    private static void record(DeliveryLedger ledger, List<OwedCall> calls) {
        List<FinishedCall> finished = new ArrayList<>();
        for (OwedCall call : calls) {
            CallOutcome outcome = finished.size() % 4 == 3
                    ? new CallOutcome.RetryIn(Duration.ofHours(1), 500, "500")
                    : new CallOutcome.Delivered(200);
            finished.add(new FinishedCall(call, outcome, System.nanoTime(), Duration.ZERO));
        }
        assertThat(ledger.record(finished).written()).isEqualTo(calls.size());
    }

    private static Map<String, Long> rowsRead() {
        db.execute("select pg_stat_force_next_flush()");
        Map<String, Long> read = new TreeMap<>();
        db.fetch("select relname, seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables"
                        + " where relname like 'hook%'")
                .forEach(row -> read.put(row.get(0, String.class), row.get(1, Long.class)));
        return read;
    }
}
