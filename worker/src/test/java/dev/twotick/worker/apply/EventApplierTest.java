package dev.twotick.worker.apply;

import static dev.twotick.worker.MetaBodies.NUMBER;
import static dev.twotick.worker.MetaBodies.contact;
import static dev.twotick.worker.MetaBodies.message;
import static dev.twotick.worker.MetaBodies.messages;
import static dev.twotick.worker.MetaBodies.status;
import static dev.twotick.worker.MetaBodies.statusItem;
import static dev.twotick.worker.MetaBodies.statuses;
import static dev.twotick.worker.MetaBodies.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.batch.PayloadWork;
import dev.twotick.worker.interpret.PayloadInterpreter;
import dev.twotick.worker.people.PeopleLock;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@WithStores
@Tag("postgres15")
class EventApplierTest {
    private static final long NOON = Instant.parse("2026-11-21T12:00:00Z").getEpochSecond();
    private static HikariDataSource pool;
    private static DSLContext db;
    private static EventApplier applier;

    @BeforeAll
    static void open(Stores stores) {
        pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), "test", 8, Duration.ZERO);
        Migrations.migrate(pool);
        db = Database.jooq(pool);
        applier = applier(() -> 0);
    }

    private static EventApplier applier(IntSupplier firstAttempts) {
        return TestApplier.of(db, firstAttempts);
    }

    @AfterAll
    static void close() {
        pool.close();
    }

    @BeforeEach
    void empty() {
        db.execute("truncate message, message_status, reaction_statement, contact, contact_identity,"
                + " conversation, account_notice, hook_page, hook_delivery, payload_outcome, payload_failure,"
                + " account cascade");
    }

    @Test
    void aMessageMakesContactConversationAndEvent() {
        apply(text("16505551234", "wamid.A", NOON, "hello"));

        assertThat(row("select body || '|' || direction || '|' || type || '|' || status from message"))
                .isEqualTo("hello|inbound|text|pending");
        assertThat(row("select name from contact")).isEqualTo("Name of 16505551234");
        assertThat(row("select unread_count || '|' || (window_expires_at - last_message_at)::text from conversation"))
                .isEqualTo("1|1 day");
        assertThat(events()).containsExactly("account.discovered", "contact.created", "message.received");
        assertThat(row("select state || events || duplicates from payload_outcome"))
                .isEqualTo("processed10");
    }

    @Test
    void aSecondCopyChangesNothing() {
        byte[] body = text("16505551234", "wamid.A", NOON, "hello");
        apply(body);
        apply(body, body);

        assertThat(row("select unread_count from conversation")).isEqualTo(1);
        assertThat(row("select count(*) from message")).isEqualTo(1L);
        assertThat(events()).hasSize(3);
        assertThat(row("select sum(duplicates) from payload_outcome").toString())
                .isEqualTo("2");
    }

    /// As after a death between the commit and its acknowledgement.
    @Test
    void anEntryThatComesAgainDoesNotHoldUpItsNeighbours() {
        PayloadWork committed = work(text("16505551234", "wamid.A", NOON, "hello"));
        TestApplier.apply(applier, List.of(committed));
        TestApplier.apply(applier, List.of(committed, work(text("16505551234", "wamid.B", NOON, "again"))));

        assertThat(row("select count(*) from message")).isEqualTo(2L);
        assertThat(db.fetch("select events || ' ' || duplicates from payload_outcome")
                        .getValues(0, String.class))
                .containsExactly("1 0", "1 0");
        assertThat(events())
                .containsExactly("account.discovered", "contact.created", "message.received", "message.received");
    }

    /// As after an operator deleted what it tells of.
    @Test
    void anEventThatIsOwedAndRaisedAgainDoesNotHoldUpItsBatch() {
        db.execute("insert into hook_endpoint (name, url, secret) values ('app', 'https://a.example/', '')");
        byte[] body = text("16505551234", "wamid.A", NOON, "hello");
        apply(body);
        db.execute("truncate message cascade");
        apply(body, text("16505551234", "wamid.B", NOON, "again"));
        db.execute("delete from hook_endpoint");

        assertThat(row("select count(*) from message")).isEqualTo(2L);
        assertThat(row("select count(*) from hook_delivery")).isEqualTo(4L);
        assertThat(events()).hasSize(5);
        assertThat(row("select count(*) from payload_failure")).isEqualTo(0L);
    }

    /// And one about a message that is in no conversation behind others of that message.
    @Test
    void anEventAboutAConversationStandsInItsLine() {
        db.execute(
                "insert into hook_endpoint (name, url, secret, ordered) values ('app', 'https://a.example/', '', true)");
        apply(text("16505551234", "wamid.A", NOON, "hello"), status("wamid.B", "sent", NOON));
        apply(text("16505551234", "wamid.C", NOON + 1, "again"), status("wamid.B", "delivered", NOON));
        db.execute("delete from hook_endpoint");

        assertThat(db.fetch("select e.type || ' ' || coalesce(case d.line when c.id then 'conversation'"
                                + " when -m.id then 'message' end, 'none')"
                                + " from hook_delivery d join hook_event e on e.id = d.event_id"
                                + " cross join conversation c cross join message m where m.wamid = 'wamid.B'"
                                + " order by d.page, d.place")
                        .getValues(0, String.class))
                .containsExactly(
                        "account.discovered none",
                        "contact.created none",
                        "message.received conversation",
                        "message.sent message",
                        "message.received conversation",
                        "message.delivered message");
    }

    /// All a retry storm is, once it was deduplicated.
    @Test
    void duplicatesAloneDoNotWaitForThoseWhoChangePeople(Stores stores) {
        PayloadWork known = work(text("16505551234", "wamid.A", NOON, "hello")).without(List.of(0));
        String impatient =
                stores.jdbcUrl() + (stores.jdbcUrl().contains("?") ? "&" : "?") + "options=-c%20lock_timeout=2000";
        try (HikariDataSource other = Database.pool(
                new DatabaseSettings(impatient, stores.user(), stores.password()), "test", 1, Duration.ZERO)) {
            EventApplier beside = TestApplier.of(Database.jooq(other), () -> 0);
            db.transaction(held -> {
                PeopleLock.exclusive(held.dsl());
                TestApplier.apply(beside, List.of(known));
            });
        }

        assertThat(row("select state || events || duplicates from payload_outcome"))
                .isEqualTo("processed11");
    }

    @Test
    void statusesEndTheSameInEveryOrder() {
        List<byte[]> bodies = new ArrayList<>(List.of(
                status("wamid.S", "sent", NOON),
                status("wamid.S", "delivered", NOON + 1),
                status("wamid.S", "read", NOON + 2),
                status("wamid.S", "played", NOON + 3)));
        String expected = null;
        for (int order = 0; order < 24; order++) {
            empty();
            Collections.shuffle(bodies, new Random(order));
            if (order % 2 == 0) {
                bodies.forEach(EventApplierTest::apply);
            } else {
                apply(bodies.toArray(byte[][]::new));
            }
            String state =
                    row("select status || sent_at || delivered_at || read_at || played_at || direction from message")
                            .toString();
            expected = expected == null ? state : expected;
            assertThat(state).isEqualTo(expected).startsWith("played");
            assertThat(row("select count(*) from message_status")).isEqualTo(4L);
            assertThat(row("select count(*) from contact")).isEqualTo(0L);
        }
        assertThat(events()).contains("message.sent", "message.delivered", "message.read", "message.played");
    }

    @ParameterizedTest
    @ValueSource(strings = {"failed delivered", "delivered failed", "failed history", "history failed"})
    void whyAMessageFailedDoesNotStandBesideOneThatWasDeliveredAfterAll(String order) {
        byte[] failed = statuses(
                NUMBER,
                List.of(statusItem("wamid.S", "failed", NOON).replace("}", ",\"errors\":[{\"code\":131026}]}")));
        for (String word : order.split(" ", -1)) {
            switch (word) {
                case "failed" -> apply(failed);
                case "delivered" -> apply(status("wamid.S", "delivered", NOON + 1));
                default -> apply("""
                        {"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{\
                        "field":"history","value":{"metadata":{"display_phone_number":"15550783881",\
                        "phone_number_id":"%s"},"history":[{"threads":[{"id":"16505551234","messages":[\
                        {"id":"wamid.S","from":"15550783881","to":"16505551234","history_context":{"status":"READ"},\
                        "type":"text","text":{"body":"hi"}}]}]}]}}]}]}""".formatted(NUMBER).getBytes(UTF_8));
            }
        }

        assertThat(row("select concat_ws(' ', status, failed_at, error_code) from message"))
                .isEqualTo(order.contains("history") ? "read" : "delivered");
        assertThat(row("select errors->0->>'code' from message_status where status = 'failed'"))
                .isEqualTo("131026");
        assertThat(events()).contains("message.failed");
    }

    @Test
    void whyAMessageFailedStandsWhileItIsFailed() {
        apply(status("wamid.S", "sent", NOON));
        apply(statuses(
                NUMBER,
                List.of(statusItem("wamid.S", "failed", NOON).replace("}", ",\"errors\":[{\"code\":131026}]}"))));

        assertThat(row("select status || (failed_at is null) || error_code from message"))
                .isEqualTo("failedfalse131026");
    }

    @Test
    void aStatusThatCameFirstTakesNothingFromTheMessage() {
        apply(status("wamid.A", "read", NOON));
        apply(text("16505551234", "wamid.A", NOON, "hello"));

        assertThat(row("select body || direction || status from message")).isEqualTo("helloinboundread");
        assertThat(row("select unread_count from conversation")).isEqualTo(1);
        assertThat(events()).contains("message.received");
    }

    @Test
    void fortyNewSendersAtTheSameInstantFromFourClients() throws Exception {
        List<byte[]> bodies = IntStream.range(0, 40)
                .mapToObj(i -> text("1650555" + (1000 + i), "wamid.N" + i, NOON, "hello"))
                .toList();
        try (ExecutorService clients = Executors.newFixedThreadPool(4)) {
            CountDownLatch go = new CountDownLatch(1);
            List<Future<?>> done = new ArrayList<>();
            for (int c = 0; c < 4; c++) {
                List<byte[]> mine = new ArrayList<>(bodies);
                Collections.shuffle(mine, new Random(c));
                done.add(clients.submit(() -> {
                    go.await();
                    for (int i = 0; i < 40; i += 8) {
                        apply(mine.subList(i, i + 8).toArray(byte[][]::new));
                    }
                    return null;
                }));
            }
            go.countDown();
            for (Future<?> client : done) {
                client.get();
            }
        }

        assertThat(row("select count(*) from contact")).isEqualTo(40L);
        assertThat(row("select count(*) from conversation where unread_count = 1"))
                .isEqualTo(40L);
        assertThat(row("select count(*) from hook_event where type = 'message.received'"))
                .isEqualTo(40L);
        assertThat(row("select count(*) from hook_event where type = 'contact.created'"))
                .isEqualTo(40L);
    }

    @Test
    void aThousandStatusesInOnePayload() {
        apply(statuses(
                NUMBER,
                IntStream.range(0, 1000)
                        .mapToObj(i -> statusItem("wamid.K" + i, "delivered", NOON))
                        .toList()));

        assertThat(row("select count(*) from message where status = 'delivered'"))
                .isEqualTo(1000L);
        assertThat(row("select events from payload_outcome")).isEqualTo(1000);
    }

    @Test
    void aPayloadWithMoreFactsThanATransactionTakesIsAppliedInSeveral() {
        apply(messages(
                NUMBER,
                List.of(contact("16505551234", "A")),
                IntStream.range(0, EventApplier.MAX_FACTS + 10)
                        .mapToObj(i -> message("16505551234", "wamid.K" + i, NOON + i, "hello"))
                        .toList()));

        assertThat(row("select unread_count from conversation")).isEqualTo(EventApplier.MAX_FACTS + 10);
        assertThat(row("select count(*) from payload_outcome")).isEqualTo(1L);
    }

    @Test
    void oneItemThatTheDatabaseRefusesDoesNotHoldUpItsNeighbours() {
        db.execute("alter table message add constraint poison check (body is distinct from 'poison')");
        try {
            List<String> items = new ArrayList<>(IntStream.range(0, 100)
                    .mapToObj(i -> message("16505551234", "wamid.P" + i, NOON, "fine"))
                    .toList());
            items.set(42, message("16505551234", "wamid.P42", NOON, "poison"));
            byte[] body = messages(NUMBER, List.of(contact("16505551234", "A")), items);
            apply(body, text("16505559999", "wamid.Other", NOON, "neighbour"));

            assertThat(row("select count(*) from message")).isEqualTo(100L);
            assertThat(row("select item from payload_failure")).isEqualTo("entry[0].changes[0].value.messages[42]");
            assertThat(row("select count(*) from hook_event where type = 'payload.failed'"))
                    .isEqualTo(1L);
            assertThat(row("select string_agg(state, ',' order by state) from payload_outcome"))
                    .isEqualTo("failed,processed");
            assertThat(row("select error from payload_failure").toString()).contains("poison");
            assertThat(row("select error from payload_outcome where error is not null"))
                    .isEqualTo("1 item failed, see payload_failure");
        } finally {
            db.execute("alter table message drop constraint poison");
        }
    }

    @Test
    void ofTwoContentsForOneWamidTheLaterStandsInEitherOrder() {
        byte[] early = text("16505551234", "wamid.A", NOON, "early");
        byte[] late = text("16505551234", "wamid.A", NOON + 5, "late");
        for (List<byte[]> order : List.of(List.of(early, late), List.of(late, early))) {
            empty();
            order.forEach(EventApplierTest::apply);
            assertThat(row("select body || (select unread_count from conversation) from message"))
                    .isEqualTo("late1");
        }
    }

    @Test
    void whatCannotBeReadIsKeptWithItsError() {
        apply("not json".getBytes(UTF_8));

        assertThat(row("select state || ': ' || error from payload_outcome"))
                .isEqualTo("failed: the body is not JSON, or more than JSON");
        assertThat(row("select item from payload_failure")).isEqualTo("$");
        assertThat(events()).containsExactly("payload.failed");
    }

    @Test
    void twoCopiesOfAPayloadThatFailsHoldNothingUp() {
        PayloadWork broken = work("not json".getBytes(UTF_8));
        TestApplier.apply(applier, List.of(broken, again(broken), work(text("16505551234", "wamid.A", NOON, "hello"))));

        assertThat(row("select count(*) from payload_outcome")).isEqualTo(3L);
        assertThat(row("select count(*) from hook_event where type = 'payload.failed'"))
                .isEqualTo(1L);
    }

    @Test
    void whatFailedHealedAndFailedAgainIsToldOnce() {
        db.execute("insert into account (phone_number_id, app) values (?, 'other')", NUMBER);
        PayloadWork payload = work(text("16505551234", "wamid.A", NOON, "hello"));
        TestApplier.apply(applier, List.of(payload));
        db.execute("update account set app = null");
        TestApplier.apply(applier, List.of(again(payload)));
        assertThat(row("select healed_at is not null from payload_failure")).isEqualTo(true);
        assertThat(row("select count(*) from message")).isEqualTo(1L);

        db.execute("update account set app = 'other'");
        TestApplier.apply(applier, List.of(again(payload)));

        assertThat(row("select healed_at is null from payload_failure")).isEqualTo(true);
        assertThat(row("select count(*) from hook_event where type = 'payload.failed'"))
                .isEqualTo(1L);
    }

    @Test
    void anOutageInTheMiddleOfALongPayloadDoesNotMakeItsBeginningDuplicates() {
        AtomicInteger transactions = new AtomicInteger();
        EventApplier cutOff = applier(() -> {
            if (transactions.incrementAndGet() == 2) {
                throw new DataAccessException("away", new SQLException("away", "08006"));
            }
            return 0;
        });
        List<PayloadWork> payload = List.of(work(statuses(
                NUMBER,
                IntStream.range(0, EventApplier.MAX_FACTS + 10)
                        .mapToObj(i -> statusItem("wamid.K" + i, "delivered", NOON))
                        .toList())));
        EventApplier.Progress progress = new EventApplier.Progress();

        assertThatThrownBy(() -> cutOff.apply(payload, progress)).isInstanceOf(DataAccessException.class);
        assertThat(row("select count(*) from message_status")).isEqualTo((long) EventApplier.MAX_FACTS);
        cutOff.apply(payload, progress);

        assertThat(row("select state || events || '/' || duplicates from payload_outcome"))
                .isEqualTo("processed2010/0");
    }

    @Test
    void aDeliveryRepeatedAfterAFixHealsWhatFailed() {
        PayloadWork payload = work(text("16505551234", "wamid.A", NOON, "poison"));
        db.execute("alter table message add constraint poison check (body is distinct from 'poison')");
        try {
            TestApplier.apply(applier, List.of(payload));
            assertThat(row("select state from payload_outcome")).isEqualTo("failed");
        } finally {
            db.execute("alter table message drop constraint poison");
        }

        TestApplier.apply(applier, List.of(payload));
        TestApplier.apply(applier, List.of(payload));

        assertThat(row("select count(*) from message")).isEqualTo(1L);
        assertThat(row("select healed_at is not null from payload_failure")).isEqualTo(true);
        assertThat(row("select string_agg(state, ',' order by attempt) from payload_outcome"))
                .isEqualTo("failed,processed");
        assertThat(row("select count(*) from hook_event where type = 'payload.failed'"))
                .isEqualTo(1L);
    }

    /// A row that PostgreSQL says nothing of, where our code counts on one: that code throws.
    @Test
    void oneItemOfAThousandThatThrowsDoesNotHoldUpItsNeighbours() {
        withoutTheirRow("new.wamid = 'wamid.K42'");
        try {
            apply(thousandStatuses());
        } finally {
            db.execute("drop trigger vanish on message");
        }

        assertThat(row("select count(*) from message_status")).isEqualTo(999L);
        assertThat(row("select string_agg(item, ',') from payload_failure"))
                .isEqualTo("entry[0].changes[0].value.statuses[42]");
        assertThat(row("select duplicates from payload_outcome")).isEqualTo(0);
    }

    @Test
    void aFaultInOurCodeThatHitsEveryItemDoesNotBecomeThousandsOfTransactions() {
        withoutTheirRow("true");
        db.execute("create sequence tries");
        db.execute("create function try() returns trigger language plpgsql as"
                + " $$ begin perform nextval('tries'); return null; end $$");
        db.execute("create trigger tries before insert on message execute function try()");
        PayloadWork payload = work(thousandStatuses());
        try {
            TestApplier.apply(applier, List.of(payload));
            assertThat((long) row("select last_value from tries")).isLessThan(400);
        } finally {
            db.execute("drop trigger vanish on message");
            db.execute("drop trigger tries on message");
            db.execute("drop sequence tries");
            db.execute("drop function try");
        }
        assertThat(row("select count(*) from payload_failure")).isEqualTo(1000L);
        assertThat(row("select count(*) from hook_event where type = 'payload.failed'"))
                .isEqualTo(1000L);

        TestApplier.apply(applier, List.of(again(payload)));

        assertThat(row("select count(*) from message_status")).isEqualTo(1000L);
        assertThat(row("select count(*) from payload_failure where healed_at is null"))
                .isEqualTo(0L);
    }

    private static void withoutTheirRow(String condition) {
        db.execute("create or replace function vanish() returns trigger language plpgsql as" + " $$ begin if "
                + condition + " then return null; end if; return new; end $$");
        db.execute("create trigger vanish before insert on message for each row execute function vanish()");
    }

    private static byte[] thousandStatuses() {
        return statuses(
                NUMBER,
                IntStream.range(0, 1000)
                        .mapToObj(i -> statusItem("wamid.K" + i, "delivered", NOON))
                        .toList());
    }

    @Test
    void aDayWithoutPartitionIsMade() {
        db.execute("do $$ declare p text; begin"
                + " for p in select inhrelid::regclass from pg_inherits"
                + " where inhparent in ('payload_outcome'::regclass, 'hook_page'::regclass) loop"
                + " execute 'drop table ' || p; end loop; end $$");

        apply(text("16505551234", "wamid.A", NOON, "hello"));

        assertThat(row("select state from payload_outcome")).isEqualTo("processed");
        assertThat(row("select count(*) from payload_failure")).isEqualTo(0L);
        db.execute("select ensure_partitions(current_date - 1, current_date + 1)");
    }

    @Test
    void anotherAppsItemsAreFailedUntilTheOperatorCorrectsIt() {
        db.execute("insert into account (phone_number_id, app) values (?, 'other')", NUMBER);
        apply(text("16505551234", "wamid.A", NOON, "hello"));

        assertThat(row("select count(*) from message")).isEqualTo(0L);
        assertThat(row("select error from payload_failure").toString()).contains("signed by app test");
    }

    @Test
    void nulAndLoneSurrogatesAreReplaced() {
        apply(text("16505551234", "wamid.A", NOON, "a\\u0000b\\ud83dc"));

        assertThat(row("select body from message")).isEqualTo("a\ufffdb\ufffdc");
        assertThat(row("select raw->'text'->>'body' from message")).isEqualTo("a\ufffdb\ufffdc");
    }

    private static void apply(byte[]... bodies) {
        TestApplier.apply(applier, Stream.of(bodies).map(EventApplierTest::work).toList());
    }

    private static PayloadWork work(byte[] body) {
        return PayloadWork.of(
                PayloadId.at(Instant.now()).value(),
                PayloadId.at(Instant.now()).value(),
                Instant.now(),
                "test",
                false,
                new PayloadInterpreter().interpret(body));
    }

    private static PayloadWork again(PayloadWork payload) {
        return new PayloadWork(
                payload.id(),
                PayloadId.at(Instant.now()).value(),
                payload.receivedAt(),
                payload.app(),
                true,
                payload.facts(),
                0,
                payload.fields(),
                payload.accounts(),
                payload.refusal());
    }

    private static List<String> events() {
        return db.fetch("select type from hook_event order by type").getValues(0, String.class);
    }

    private static Object row(String sql) {
        return db.fetchValue(sql);
    }
}
