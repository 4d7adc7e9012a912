package dev.twotick.worker.campaigns;

import static dev.twotick.worker.MetaBodies.NUMBER;
import static dev.twotick.worker.MetaBodies.change;
import static dev.twotick.worker.MetaBodies.envelope;
import static dev.twotick.worker.MetaBodies.message;
import static dev.twotick.worker.MetaBodies.statuses;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.EventApplier;
import dev.twotick.worker.apply.TestApplier;
import dev.twotick.worker.batch.PayloadWork;
import dev.twotick.worker.interpret.PayloadInterpreter;
import dev.twotick.worker.interpret.RecipientLine;
import dev.twotick.worker.outbox.Outbox;
import dev.twotick.worker.privacy.Horizon;
import dev.twotick.worker.privacy.MessageRemoval;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@WithStores
@Tag("postgres15")
class CampaignsTest {
    private static final long NOON = Instant.parse("2026-11-21T12:00:00Z").getEpochSecond();
    private static HikariDataSource pool;
    private static DSLContext db;
    private static EventApplier applier;
    private static CampaignFill fill;
    private static CampaignTotals totals;

    @BeforeAll
    static void open(Stores stores) {
        pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), "test", 8, Duration.ZERO);
        Migrations.migrate(pool);
        db = Database.jooq(pool);
        Outbox outbox = new Outbox(Duration.ofSeconds(60));
        applier = TestApplier.of(db, () -> 0);
        fill = new CampaignFill(db, outbox, true, new Horizon(Optional.empty(), 0));
        totals = new CampaignTotals(db, outbox);
    }

    @AfterAll
    static void close() {
        pool.close();
    }

    @BeforeEach
    void empty() {
        db.execute("truncate campaign, message, message_status, reaction_statement, contact, contact_identity,"
                + " conversation, account_notice, hook_page, hook_delivery, payload_outcome, payload_failure,"
                + " account cascade");
    }

    @Test
    void aRecipientWhoWasPlannedInAnotherSpellingOfTheirNumberIsTheSame() {
        lines(planned("+55 31 99876-5432"), planned("553198765432"), planned("+52 55 1234 5678"));
        lines(planned("+54 11 15 2345-6789"), registered("D", "+55 21 98765-4321"), planned("552187654321"));
        fill.seal(id("spring"), null);
        apply(status("A", "read", "553198765432", "campaign:spring"));
        apply(status("B", "delivered", "5215512345678", "campaign:spring"));
        apply(status("C", "sent", "5491123456789", "campaign:spring"));
        recount();
        assertThat(campaign("spring")).isEqualTo("sent 3 delivered 2 read 1 failed 0 of 4");
        assertThat(db.fetchValue("select completed_at from campaign")).isNull();

        apply(status("D", "failed", "552187654321", ""));
        recount();

        assertThat(campaign("spring")).isEqualTo("sent 3 delivered 2 read 1 failed 1 of 4");
        assertThat(db.fetchValue("select completed_at from campaign")).isNotNull();
    }

    @Test
    void totalsAreTheSameInEveryOrder() {
        List<Runnable> steps = new ArrayList<>(List.of(
                () -> lines(registered("A")),
                () -> lines(registered("B", "+1 (650) 555-0002"), planned("16505550002")),
                () -> lines(planned("16505550003"), planned("16505550004"), planned("US.5")),
                () -> lines(planned("16505550003")),
                () -> apply(status("A", "delivered", "16505550001", ""), status("A", "sent", "16505550001", "")),
                () -> apply(status("B", "read", "16505550002", "")),
                () -> apply(status("C", "failed", "16505550003", "campaign:spring;row 7")),
                () -> apply(status("D", "sent", "16505550003", "campaign:spring")),
                () -> apply(status("E", "played", "16505550009", "campaign:spring")),
                () -> apply(status("F", "failed", "16505550001", "")),
                () -> lines(registered("F")),
                () -> apply(status("G", "pending", "16505550010", "campaign:spring;x;y"))));
        for (int order = 0; order < 12; order++) {
            empty();
            Random random = new Random(order);
            Collections.shuffle(steps, random);
            for (Runnable step : steps) {
                step.run();
                if (random.nextInt(4) == 0) {
                    recount();
                }
                if (random.nextInt(4) == 0) {
                    step.run();
                }
            }
            recount();

            // A, F, 2 (B), 3 (C, D), 4, US.5, E, G
            assertThat(campaign("spring"))
                    .as("order %d", order)
                    .isEqualTo("sent 3 delivered 3 read 2 failed 2 of null");
            assertThat(db.fetchValue("select string_agg(recipient || ' ' || status, ', ' order by recipient)"
                            + " from campaign_recipient where message_id is null"))
                    .as("order %d", order)
                    .isEqualTo("16505550002 read, 16505550003 failed, 16505550004 pending, US.5 pending");
            fill.seal(id("spring"), null);
            recount();
            assertThat(campaign("spring")).isEqualTo("sent 3 delivered 3 read 2 failed 2 of 8");
        }
        assertThat(completed()).isEmpty();
    }

    /// Nobody planned them, so that each is a recipient, whoever got it.
    @Test
    void messagesToOneNumberCountOneEach() {
        apply(
                status("A", "read", "16505550001", "campaign:spring;row 1"),
                status("B", "failed", "16505550001", "campaign:spring;row 2"),
                status("C", "sent", "16505550001", "campaign:spring;row 3"));
        recount();

        assertThat(campaign("spring")).isEqualTo("sent 2 delivered 1 read 1 failed 1 of null");
        db.transaction(tx -> MessageRemoval.delete(
                tx.dsl(), db.fetch("select id from message").getValues(0, Long.class)));
        recount();
        assertThat(campaign("spring")).isEqualTo("sent 2 delivered 1 read 1 failed 1 of null");
    }

    @Test
    void twoBusinessesEachHaveACampaignOfOneName() {
        businessTwo();
        lines(planned("16505550001"), planned("16505550002", "2002"), planned("16505550003", "2002"));
        apply(status("A", "read", "16505550001", "campaign:spring"));
        apply(statuses(
                "2002",
                List.of(
                        status("A", "failed", "16505550001", "campaign:spring"),
                        status("B", "sent", "16505550002", "campaign:spring"))));
        lines(registered("C").replace(NUMBER, "2002"));
        db.fetch("select id from campaign").getValues(0, Long.class).forEach(campaign -> fill.seal(campaign, null));
        recount();

        String each =
                "select format('%s of %s: sent %s read %s failed %s of %s', key, business_id, sent, read, failed, total)"
                        + " from campaign order by business_id";
        assertThat(db.fetch(each).getValues(0, String.class))
                .containsExactly(
                        "spring of 1: sent 1 read 1 failed 0 of 1", "spring of 2: sent 1 read 0 failed 1 of 4");
        assertThat(completed()).hasSize(1);

        apply(statuses(
                "2002",
                List.of(
                        status("C", "sent", "16505550004", ""),
                        status("D", "sent", "16505550003", "campaign:spring"))));
        recount();

        assertThat(db.fetch(each).getValues(0, String.class))
                .containsExactly(
                        "spring of 1: sent 1 read 1 failed 0 of 1", "spring of 2: sent 3 read 0 failed 1 of 4");
        assertThat(completed()).hasSize(2);
    }

    /// The file says whose the number is. A payload that names its WABA later takes nothing away from the campaign.
    @Test
    void aNumberThatAFileIsTheFirstToNameStaysWithTheCampaignsBusiness() {
        apply(status("X", "sent", "16505550009", ""));
        lines(registered("A", "16505550001").replace(NUMBER, "3003"));
        fill.seal(id("spring"), null);
        apply(new String(statuses("3003", List.of(status("A", "read", "16505550001", "campaign:spring"))), UTF_8)
                .replace("102290129340398", "another-waba")
                .getBytes(UTF_8));
        recount();
        lines(registered("A", "16505550001").replace(NUMBER, "3003"));
        recount();

        assertThat(db.fetch("select business_id || ' ' || key || ' ' || read from campaign")
                        .getValues(0, String.class))
                .containsExactly("1 spring 1");
        assertThat(completed()).hasSize(1);
    }

    @Test
    void aMessageThatProvesToBeOutboundOpensNoWindow() {
        String chunk = "{\"threads\":[{\"id\":\"16505550001\",\"messages\":["
                + message("16505550001", "A", NOON, "hello") + "]}]}";
        apply(envelope(change(NUMBER, List.of(), "history", List.of(chunk))
                .replace("\"field\":\"messages\"", "\"field\":\"history\"")));
        String window = "select count(window_expires_at) from conversation";
        assertThat(db.fetchValue(window)).isEqualTo(1L);

        lines(registered("A"));

        assertThat(db.fetchValue(window)).isEqualTo(0L);
    }

    @Test
    void aSealedCampaignIsCompleteWhenEachIsSentOrFailed() {
        lines(registered("A", "16505550001"), registered("B", "16505550002"), planned("16505550003"));
        apply(status("A", "read", "16505550001", ""), status("B", "failed", "16505550002", ""));
        apply(status("C", "sent", "16505550003", "campaign:spring"));
        recount();
        assertThat(completed()).as("not sealed").isEmpty();

        fill.seal(id("spring"), null);
        recount();
        recount();

        assertThat(campaign("spring")).isEqualTo("sent 2 delivered 1 read 1 failed 1 of 3");
        assertThat(completed())
                .containsExactly(
                        "{\"campaign\":\"spring\",\"business\":1,\"sent\":2,\"delivered\":1,\"read\":1,\"failed\":1,\"total\":3}");
    }

    @Test
    void aDeclaredTotalWaitsForRecipientsWhoAreNotNamedYet() {
        long spring = id("spring");
        fill.seal(spring, 2);
        apply(status("A", "sent", "16505550001", "campaign:spring"));
        recount();
        assertThat(completed()).isEmpty();

        apply(status("B", "sent", "16505550002", "campaign:spring"));
        recount();
        assertThat(completed()).hasSize(1);
    }

    @Test
    void whatMovesAfterTheEndIsCountedAndRaisesNoSecondEvent() {
        lines(registered("A"));
        fill.seal(id("spring"), null);
        apply(status("A", "failed", "16505550001", ""));
        recount();
        apply(status("A", "delivered", "16505550001", ""));
        recount();

        assertThat(campaign("spring")).isEqualTo("sent 1 delivered 1 read 0 failed 0 of 1");
        assertThat(completed()).hasSize(1);
    }

    @Test
    void theLastTwoAtTheSameInstantCompleteItOnce() throws Exception {
        try (ExecutorService workers = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 8; round++) {
                empty();
                lines(registered("A"), registered("B"));
                fill.seal(id("spring"), null);
                recount();
                CyclicBarrier start = new CyclicBarrier(4);
                List<Future<?>> done = new ArrayList<>();
                for (String wamid : List.of("A", "B")) {
                    done.add(workers.submit(() -> {
                        start.await();
                        apply(status(wamid, "sent", "1650555000" + (int) wamid.charAt(0), ""));
                        return null;
                    }));
                    done.add(workers.submit(() -> {
                        start.await();
                        for (int i = 0; i < 20; i++) {
                            totals.recount(id("spring"));
                        }
                        return null;
                    }));
                }
                for (Future<?> each : done) {
                    each.get();
                }
                recount();
                assertThat(campaign("spring")).isEqualTo("sent 2 delivered 0 read 0 failed 0 of 2");
                assertThat(completed()).hasSize(1);
            }
        }
    }

    @Test
    void aLinkAndAStatusAtTheSameInstantMissNothing() throws Exception {
        int messages = 400;
        id("spring");
        try (ExecutorService workers = Executors.newFixedThreadPool(2)) {
            Future<?> links = workers.submit(() -> IntStream.range(0, messages / 20)
                    .forEach(batch -> lines(IntStream.range(batch * 20, batch * 20 + 20)
                            .mapToObj(i -> registered("m" + i))
                            .toArray(String[]::new))));
            Future<?> statuses = workers.submit(() -> IntStream.range(0, messages / 20)
                    .forEach(batch -> apply(IntStream.range(batch * 20, batch * 20 + 20)
                            .map(i -> messages - 1 - i)
                            .mapToObj(i -> status("m" + i, "read", "1650" + i, ""))
                            .toArray(String[]::new))));
            links.get();
            statuses.get();
        }
        recount();

        assertThat(campaign("spring")).isEqualTo("sent 400 delivered 400 read 400 failed 0 of null");
    }

    @Test
    void aRegisteredMessageIsOutboundAndKeepsItsStatus() {
        apply(status("A", "read", "16505550001", ""));
        lines(registered("A"), registered("B"));

        assertThat(db.fetch("select wamid || ' ' || direction || ' ' || status || ' ' || (registered_at is not null)"
                                + " from message order by wamid")
                        .getValues(0, String.class))
                .containsExactly("A outbound read true", "B outbound pending true");
        assertThat(db.fetch("select status from campaign_recipient order by id").getValues(0, String.class))
                .containsExactlyInAnyOrder("read", "pending");
    }

    @Test
    void callbackDataNamesACampaignOnlyInItsForm() {
        assertThat(Campaigns.keyOf("campaign:spring;anything")).isEqualTo("spring");
        assertThat(Campaigns.keyOf("campaign: spring ")).isEqualTo("spring");
        assertThat(Campaigns.keyOf("campaign:" + "k".repeat(Campaigns.MAX_KEY_LENGTH)))
                .hasSize(Campaigns.MAX_KEY_LENGTH);
        assertThat(Stream.of(
                                null,
                                "",
                                "campaign",
                                "campaign:",
                                "campaign: ;x",
                                "my campaign:spring",
                                "campaign:" + "k".repeat(201))
                        .map(Campaigns::keyOf))
                .containsOnlyNulls();
    }

    private static void recount() {
        totals.dirty().forEach(totals::recount);
    }

    private static String campaign(String key) {
        return (String) db.fetchValue(
                "select format('sent %s delivered %s read %s failed %s of %s', sent, delivered, read, failed,"
                        + " coalesce(total::text, 'null')) from campaign where key = ?",
                key);
    }

    private static List<String> completed() {
        return db.fetch("select body::json ->> 'data' from hook_event where type = 'campaign.completed'")
                .getValues(0, String.class);
    }

    private static long id(String key) {
        return fill.open(1, key);
    }

    private static String registered(String wamid) {
        return "{\"wamid\":\"" + wamid + "\",\"phone_number_id\":\"" + NUMBER + "\"}";
    }

    private static String registered(String wamid, String to) {
        return registered(wamid).replace("}", ",\"to\":\"" + to + "\"}");
    }

    private static String planned(String to, String account) {
        return planned(to).replace("}", ",\"phone_number_id\":\"" + account + "\"}");
    }

    private static void businessTwo() {
        db.execute("insert into business (id, name) values (2, 'Two') on conflict do nothing");
        db.execute("insert into account (business_id, phone_number_id) values (2, '2002')");
    }

    private static String planned(String to) {
        return "{\"to\":\"" + to + "\"}";
    }

    private static void lines(String... lines) {
        assertThat(fill.add(
                                Optional.of(1L),
                                "spring",
                                Arrays.stream(lines)
                                        .map(l -> new CampaignFill.Line(1, RecipientLine.parse(l)))
                                        .toList())
                        .refused())
                .isEmpty();
    }

    private static String status(String wamid, String status, String recipient, String callback) {
        return """
            {"id":"%s","status":"%s","timestamp":"%d","recipient_id":"%s","biz_opaque_callback_data":"%s"}\
            """.formatted(wamid, status, NOON, recipient, callback);
    }

    private static void apply(String... statuses) {
        apply(statuses(NUMBER, List.of(statuses)));
    }

    private static void apply(byte[] body) {
        TestApplier.apply(
                applier,
                List.of(PayloadWork.of(
                        PayloadId.at(Instant.now()).value(),
                        PayloadId.at(Instant.now()).value(),
                        Instant.now(),
                        "test",
                        false,
                        new PayloadInterpreter().interpret(body))));
    }
}
