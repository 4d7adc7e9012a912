package dev.twotick.worker.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jooq.impl.DSL.val;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.model.settings.LiveSettings;
import dev.twotick.model.settings.SettingsReader;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.outbox.Endpoints;
import dev.twotick.worker.outbox.HookSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jooq.DSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What pages read of tables that are full: by what one connection counts.
@WithStores
class PagePlansTest {
    private static final int PAYLOADS = 100_000;
    private static final int CALLS = 20_000;
    private static final int MANY_CALLS = 15_000; // beside these, of one endpoint
    private static final int MESSAGES = 20_000;
    private static final int CONVERSATIONS = 2_000;

    private static HikariDataSource pool;
    private static DSLContext db;

    @BeforeAll
    static void fill(Stores stores) {
        pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), "test", 1, Duration.ZERO);
        Migrations.migrate(pool);
        db = Database.jooq(pool);
        empty();
        db.execute("""
                with ids as (
                    insert into payload_log (id, received_at, body, signature, app)
                    select overlay(uuid_v7_floor(date_trunc('day', now()) - n % 3 * interval '1 day' + n * interval '1 ms')::text
                        placing lpad(to_hex(n), 12, '0') from 25)::uuid, now(), '{}', '', 'app'
                    from generate_series(1, {0}) n
                    returning id)
                insert into payload_outcome (payload_id, attempt, state, events, duplicates, accounts)
                select id, id, case when right(id::text, 2) = '00' then 'failed' else 'processed' end, 1, 0, '{1}' from ids
                """.replace("{0}", String.valueOf(PAYLOADS)));
        db.execute("insert into hook_endpoint (name, url, secret) select 'e' || n, 'https://e.example', '' from"
                + " generate_series(1, 5) n");
        db.execute("""
                insert into hook_delivery (endpoint_id, event_id, event_at, page, place, size, next_attempt_at, parked_at)
                select p.id, md5(n::text)::uuid, now(), n, 1, 1, case when n % 2 = 0 then now() end,
                    case when n % 3 = 0 then now() end
                from generate_series(1, {0}) n join hook_endpoint p on p.name = 'e' || 1 + n % 5
                """.replace("{0}", String.valueOf(CALLS)));
        db.execute("""
                insert into hook_delivery (endpoint_id, event_id, event_at, page, place, size, next_attempt_at)
                select p.id, md5('m' || n)::uuid, now(), n, 1, 1, now()
                from generate_series(1, {0}) n join hook_endpoint p on p.name = 'e5'
                """.replace("{0}", String.valueOf(MANY_CALLS)));
        db.execute("""
                with a as (insert into account (phone_number_id) select n::text from generate_series(1, 20) n returning id),
                p as (insert into contact (id, business_id, name)
                    select md5(n::text)::uuid, 1, 'P' || n from generate_series(1, {1}) n returning id),
                c as (insert into conversation (account_id, contact_id)
                    select (select min(id) from a) + row_number() over () % 20, p.id from p returning id, account_id)
                insert into message (key, account_id, wamid, conversation_id, direction, type, body, occurred_at)
                select md5(c.id || '-' || k)::uuid, c.account_id, 'w', c.id, 'inbound', 'text', 'hi',
                    now() - k * interval '1 hour'
                from generate_series({0} / {1}, 1, -1) k, c
                """.replace("{0}", String.valueOf(MESSAGES)).replace("{1}", String.valueOf(CONVERSATIONS)));
        db.execute("vacuum analyze");
    }

    private static void empty() {
        db.execute("truncate payload_log, payload_outcome, hook_endpoint, hook_delivery, hook_resend, message,"
                + " message_status, reaction_statement, contact, contact_identity, contact_mention, conversation, account"
                + " cascade");
    }

    @AfterAll
    static void close() {
        empty();
        pool.close();
    }

    private static PayloadFilter payloads(String state, String field) {
        return new PayloadFilter(state, "", field, "", "", Optional.empty(), Optional.empty());
    }

    /// How often an index was gone down, entries that were read of it, and rows that were read without one.
    private record Looked(long up, long entries, long rows) {}

    private static Looked looked(String tables, Runnable page) {
        Looked before = looked(tables);
        page.run();
        Looked after = looked(tables);
        return new Looked(after.up - before.up, after.entries - before.entries, after.rows - before.rows);
    }

    private static Looked looked(String tables) {
        db.execute("select pg_stat_force_next_flush()");
        return db.fetchSingle(
                        "select (select coalesce(sum(idx_scan), 0) from pg_stat_user_indexes where relname ~ {0}),"
                                + " (select coalesce(sum(idx_tup_read), 0) from pg_stat_user_indexes where relname ~ {0}),"
                                + " (select coalesce(sum(seq_tup_read), 0) from pg_stat_user_tables where relname ~ {0})",
                        val(tables))
                .map(row -> new Looked(row.get(0, Long.class), row.get(1, Long.class), row.get(2, Long.class)));
    }

    @Test
    void whatBecameOfPayloadsIsWalkedAndNotLookedUpForEach() {
        PayloadRows rows = new PayloadRows(db);
        for (PayloadFilter filter :
                List.of(payloads("failed", ""), payloads("received", ""), payloads("", "account_update"))) {
            Looked looked = looked("^payload_", () -> rows.page(filter, Optional.empty()));
            assertThat(looked.up()).as(filter.toString()).isLessThan(400);
            assertThat(looked.rows()).as(filter.toString()).isZero();
        }
    }

    @Test
    void eachPayloadIsFoundWhateverBecameOfItPageByPage() {
        PayloadRows rows = new PayloadRows(db);
        int found = 0;
        Optional<UUID> next = Optional.empty();
        do {
            PayloadRows.Page page = rows.page(payloads("failed", ""), next);
            found += page.rows().size();
            next = page.next();
        } while (next.isPresent());
        assertThat((long) found)
                .isPositive()
                .isEqualTo(db.fetchValue("select count(*) from payload_outcome where state = 'failed'"));
    }

    @Test
    void callsAreCountedInTheirIndexesAlone() {
        Endpoints endpoints =
                new Endpoints(db, HookSettings.read(new SettingsReader(Map.of()), new LiveSettings(Map.of())));
        Looked looked = looked(
                "^hook_delivery$",
                () -> assertThat(endpoints.list())
                        .hasSize(5)
                        .allSatisfy(one -> assertThat(one.waiting() + one.dead() + one.parked())
                                .isEqualTo(CALLS / 5 + (one.name().equals("e5") ? MANY_CALLS : 0))));
        assertThat(looked.up()).isLessThanOrEqualTo(10);
        assertThat(looked.rows()).isZero();
    }

    @Test
    void aLookAtEndpointsCountsNoMoreCallsThanItSays() {
        Endpoints endpoints =
                new Endpoints(db, HookSettings.read(new SettingsReader(Map.of()), new LiveSettings(Map.of())));
        Looked looked = looked(
                "^hook_delivery$",
                () -> assertThat(endpoints.glance())
                        .extracting(one -> Endpoints.counted(one.waiting()))
                        .containsExactly("2000", "2000", "2000", "2000", "10000 or more"));
        assertThat(looked.entries()).isLessThanOrEqualTo(CALLS + 10_000);
        assertThat(looked.rows()).isZero();
    }

    @Test
    void aChartLooksAtItsDaysAlone() {
        Traffic traffic = new Traffic(db);
        Instant now = Instant.now().truncatedTo(ChronoUnit.DAYS).plus(2, ChronoUnit.HOURS);
        Set<String> days = new TreeSet<>();
        String plan = db.explain(traffic.counts(now.minus(1, ChronoUnit.HOURS), now, 60))
                .plan();
        Pattern.compile(" on payload_log_(\\d+)").matcher(plan).results().forEach(day -> days.add(day.group(1)));
        assertThat(days).as(plan).hasSize(1);
    }

    @Test
    void listsOfPeopleReadOnePage() {
        ContactRows contacts = new ContactRows(db);
        ConversationRows conversations = new ConversationRows(db);
        Looked people = looked(
                "^contact$",
                () -> contacts.after(Optional.of(new ContactRows.Place("p5", new UUID(0, 0))), ContactRows.PAGE));
        assertThat(people.rows()).isZero();
        Looked messages = looked("^message$", () -> conversations.page("", false, Optional.empty()));
        assertThat(messages.up()).isLessThan(200);
        assertThat(messages.rows()).isZero();
    }

    @Test
    void eachConversationIsLookedUpOnceHoweverManyOfItsMessagesAreWalked() {
        ConversationRows conversations = new ConversationRows(db);
        Looked looked = looked(
                "^message$",
                () -> assertThat(conversations.page("", true, Optional.empty()).rows())
                        .isEmpty());
        assertThat(looked.up()).isLessThanOrEqualTo(CONVERSATIONS + 10);
        assertThat(looked.rows()).isZero();
    }

    @Test
    void eachConversationIsListedOncePageByPage() {
        ConversationRows conversations = new ConversationRows(db);
        List<Long> found = new ArrayList<>();
        Optional<Long> next = Optional.empty();
        do {
            ConversationRows.Page page = conversations.page("", false, next);
            page.rows().forEach(row -> found.add(row.id()));
            next = Optional.ofNullable(page.older());
        } while (next.isPresent());
        assertThat(found).doesNotHaveDuplicates().hasSize(CONVERSATIONS);
    }

    @Test
    void aChartReadsSoManyPayloadsOfAStepAndReckonsTheRest() {
        Instant midnight = Instant.now().truncatedTo(ChronoUnit.DAYS);
        Traffic traffic = new Traffic(db);
        Looked looked = looked("^payload_log", () -> {
            Traffic.Chart chart = traffic.chart(midnight.plusSeconds(119), Duration.ofMinutes(1), 60);
            assertThat(chart.reckoned()).isTrue();
            assertThat(chart.all()).isBetween(PAYLOADS / 3L - 2_000, PAYLOADS / 3L + 60_000);
        });
        assertThat(looked.entries()).isBetween(2L * 200, 2L * 200 + 60); // one beside them of a step, perhaps
        assertThat(looked.rows()).isZero();
    }
}
