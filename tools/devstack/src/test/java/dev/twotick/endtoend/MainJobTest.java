package dev.twotick.endtoend;

import static dev.twotick.endtoend.Bodies.change;
import static dev.twotick.endtoend.Bodies.entry;
import static dev.twotick.endtoend.Bodies.messages;
import static dev.twotick.endtoend.Bodies.payload;
import static dev.twotick.endtoend.Bodies.status;
import static dev.twotick.endtoend.Bodies.statuses;
import static dev.twotick.endtoend.Bodies.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.db.HashedId;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.WorkerCommand;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// From Meta's POST to the rows and the hook call, with two worker processes on one stream.
@WithStores
@Tag("containers")
class MainJobTest {
    private static Installation twotick;

    @BeforeAll
    static void start(Stores stores) throws Exception {
        twotick = new Installation(stores, 2);
    }

    @AfterAll
    static void stop() {
        twotick.close();
    }

    @Test
    void aMessageEndsAsRowsAndAsASignedHookCall() throws Exception {
        assertThat(twotick.post(payload(messages("1001", List.of(text("16505551001", "wamid.M1", "hello"))))))
                .isEqualTo(200);
        twotick.settle();

        assertThat(twotick.one("select body || direction || status from message where wamid = 'wamid.M1'"))
                .isEqualTo("helloinboundpending");
        await().untilAsserted(() -> assertThat(twotick.hook.about("wamid.M1"))
                .singleElement()
                .satisfies(call -> {
                    assertThat(call.type()).isEqualTo("message.received");
                    assertThat(call.verified()).isTrue();
                }));
        await().untilAsserted(() -> assertThat(twotick.one(
                        "select count(*) from hook_attempt where outcome = 'delivered' and event_id = ?::uuid",
                        twotick.hook.about("wamid.M1").getFirst().id()))
                .isEqualTo(1L));
    }

    @Test
    void aGroupHasItsOwnConversationAndACallOpensTheWindow() throws Exception {
        String inGroup = text("16505551009", "wamid.G1", "in the group")
                .replaceFirst("\\{", "{\"group_id\":\"Y2FwaV9ncm91cDox\",");
        String call = "{\"field\":\"calls\",\"value\":{\"metadata\":{\"phone_number_id\":\"1009\"},\"calls\":[{"
                + "\"id\":\"wacid.G\",\"from\":\"16505551009\",\"event\":\"connect\",\"timestamp\":\"1795000600\","
                + "\"direction\":\"USER_INITIATED\"}]}}";
        assertThat(twotick.post(payload(messages("1009", List.of(inGroup))))).isEqualTo(200);
        assertThat(twotick.post(payload(call))).isEqualTo(200);
        twotick.settle();

        String window = "select extract(epoch from window_expires_at)::bigint || ' ' || unread_count"
                + " from conversation where account_id = (select id from account where phone_number_id = '1009') and ";
        assertThat(twotick.one(window + "group_id = 'Y2FwaV9ncm91cDox'")).isEqualTo(1_795_000_000 + 86_400 + " 1");
        assertThat(twotick.one(window + "contact_id is not null")).isEqualTo(1_795_000_600 + 86_400 + " 0");
        await().untilAsserted(() -> assertThat(twotick.hook.about("wamid.G1"))
                .singleElement()
                .satisfies(received ->
                        assertThat(received.body()).contains("\"group_id\":\"Y2FwaV9ncm91cDox\",\"contact_id\"")));
    }

    @Test
    void everyStatusOfAThousandIsApplied() throws Exception {
        twotick.post(payload(statuses(
                "1002",
                IntStream.range(0, 1000)
                        .mapToObj(i -> status("wamid.K" + i, "delivered", i))
                        .toList())));
        twotick.settle();

        assertThat(twotick.one("select count(*) from message where wamid like 'wamid.K%' and status = 'delivered'"))
                .isEqualTo(1000L);
        await().until(() -> twotick.hook.about("\"wamid.K").size() == 1000);
    }

    @Test
    void twoEntriesWithThreeChangesEachAreAllHandled() throws Exception {
        List<String> entries = new ArrayList<>();
        for (int e = 0; e < 2; e++) {
            List<String> changes = new ArrayList<>();
            for (int c = 0; c < 3; c++) {
                changes.add(messages(
                        "1003" + e + c,
                        List.of(
                                text("16505551003", "wamid.E" + e + c, "one"),
                                text("16505551004", "wamid.F" + e + c, "two"))));
            }
            entries.add(entry("10" + e, changes.toArray(String[]::new)));
        }
        twotick.post("{\"object\":\"whatsapp_business_account\",\"entry\":[" + String.join(",", entries) + "]}");
        twotick.settle();

        assertThat(twotick.one("select count(*) from message where wamid ~ '^wamid.[EF]\\d\\d$'"))
                .isEqualTo(12L);
        assertThat(twotick.one("select count(distinct account_id) from message where wamid ~ '^wamid.[EF]\\d\\d$'"))
                .isEqualTo(6L);
    }

    @Test
    void duplicatesInsideAndAcrossPayloadsCountOnce() throws Exception {
        String item = text("16505551005", "wamid.D1", "once");
        for (int i = 0; i < 5; i++) {
            twotick.post(payload(messages("1005", List.of(item, item))));
        }
        twotick.settle();

        assertThat(twotick.one("select unread_count from conversation c join account a on a.id = c.account_id"
                        + " where a.phone_number_id = '1005'"))
                .isEqualTo(1);
        assertThat(twotick.one(
                        "select count(*) from hook_event where id = ?",
                        HashedId.of("message.received", "in:1005:wamid.D1")))
                .isEqualTo(1L);
    }

    @Test
    void fortyNewSendersFromFourClientsAtTheSameInstantMakeOneContactEach() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Callable<Void> client = () -> {
            go.await();
            for (int i = 0; i < 40; i++) {
                assertThat(twotick.post(payload(
                                messages("1006", List.of(text("1650666" + (1000 + i), "wamid.N" + i, "hi"))))))
                        .isEqualTo(200);
            }
            return null;
        };
        try (ExecutorService clients = Executors.newFixedThreadPool(4)) {
            List<Future<Void>> done =
                    IntStream.range(0, 4).mapToObj(i -> clients.submit(client)).toList();
            go.countDown();
            for (Future<Void> one : done) {
                one.get();
            }
        }
        twotick.settle();

        assertThat(twotick.one("select count(*) from contact_identity where value like '1650666%'"))
                .isEqualTo(40L);
        assertThat(twotick.one("select count(*) from conversation c join account a on a.id = c.account_id"
                        + " where a.phone_number_id = '1006' and unread_count = 1"))
                .isEqualTo(40L);
        assertThat(twotick.one("select count(*) from hook_event e join account a on a.id = e.account_id"
                        + " where e.type = 'message.received' and a.phone_number_id = '1006'"))
                .isEqualTo(40L);
    }

    @Test
    void statusesInEveryOrderEndTheSame() throws Exception {
        List<String> words = List.of("sent", "delivered", "read", "failed");
        for (int order = 0; order < 12; order++) {
            List<String> shuffled = new ArrayList<>(words);
            Collections.shuffle(shuffled, new Random(order));
            for (String word : shuffled) {
                twotick.post(payload(statuses("1007", List.of(status("wamid.O" + order, word, words.indexOf(word))))));
            }
        }
        twotick.settle();

        assertThat(twotick.one(
                        "select count(*) || '/' || count(distinct (status, sent_at, delivered_at, read_at, failed_at))"
                                + " || min(status) from message where wamid like 'wamid.O%'"))
                .isEqualTo("12/1read");
    }

    @Test
    void whatBecomesOfAPaymentIsKeptOnceEachAndLeavesItsMessageAlone() throws Exception {
        String sent = status("wamid.Pay", "sent", 0).replace("}", ",\"biz_opaque_callback_data\":\"campaign:pay\"}");
        List<String> payments = List.of(
                payment("wamid.Pay", "failed", 1, "\"transaction\":{\"id\":\"t1\",\"status\":\"failed\"}"),
                payment("wamid.Pay", "failed", 9, "\"transaction\":{\"id\":\"t2\",\"status\":\"failed\"}"),
                payment("wamid.Pay", "captured", 20, "\"transaction\":{\"id\":\"t3\",\"status\":\"success\"}"),
                payment("wamid.Pay", "captured", 20, "\"refunds\":[{\"id\":\"r1\",\"status\":\"pending\"}]"),
                payment("pay.1018", "pending", 30, "\"transaction\":{\"id\":\"t4\",\"status\":\"pending\"}"),
                status("wamid.Pay", "failed", 40).replace("{\"id\"", "{\"type\":\"parcel\",\"id\""));
        twotick.post(payload(statuses("1018", List.of(sent))));
        for (int i = 0; i < 2; i++) { // Meta repeats each
            for (String payment : payments) {
                twotick.post(payload(statuses("1018", List.of(payment))));
            }
        }
        twotick.settle();

        assertThat(
                        twotick.one(
                                "select string_agg(wamid || ' ' || status || ' ' || coalesce(failed_at::text, '-'), '; ')"
                                        + " from message m join account a on a.id = m.account_id where phone_number_id = '1018'"))
                .isEqualTo("wamid.Pay sent -");
        assertThat(twotick.one("select string_agg(r.status, ' ') from campaign_recipient r"
                        + " join campaign c on c.id = r.campaign_id where c.key = 'pay'"))
                .isEqualTo("sent");
        assertThat(
                        twotick.one(
                                "select count(*) || ' ' || count(distinct value::text) || ' ' || min(field)"
                                        + " from account_notice n join account a on a.id = n.account_id where phone_number_id = '1018'"))
                .isEqualTo("6 6 messages");
        assertThat(twotick.one("select string_agg(concat_ws(' ', type, d->>'type', d->>'wamid', d->>'status',"
                        + " d->>'wa_id', d->'raw'->'payment'->'transaction'->>'id'), '; ' order by d->>'occurred_at')"
                        + " from (select e.type, e.body::json->'data' as d from hook_event e"
                        + " join account a on a.id = e.account_id where phone_number_id = '1018'"
                        + " and e.body::json->'data'->>'type' is not null and e.body not like '%r1%') e"))
                .isEqualTo("account.notice payment wamid.Pay failed 16505551234 t1; "
                        + "account.notice payment wamid.Pay failed 16505551234 t2; "
                        + "account.notice payment wamid.Pay captured 16505551234 t3; "
                        + "account.notice payment pay.1018 pending 16505551234 t4; "
                        + "account.notice parcel wamid.Pay failed 16505551234");
        await().until(() -> twotick.hook.about("\"r1\"").size() == 1);
    }

    @Test
    void aTextBeatsThePlaceholderThatWasToldBeforeIt() throws Exception {
        String text = text("16505551019", "wamid.Late", "here it is");
        String placeholder = """
                {"from":"16505551019","id":"wamid.Late","timestamp":"1795000060","type":"unsupported",\
                "errors":[{"code":131060,"title":"This message is currently unavailable"}]}""";
        twotick.post(payload(messages("1019", List.of(placeholder))));
        await().until(() -> twotick.hook.about("wamid.Late").size() == 1);
        twotick.post(payload(messages("1019", List.of(text, placeholder))));
        await().until(() -> twotick.hook.about("wamid.Late").size() == 2);

        assertThat(
                        twotick.one(
                                "select concat_ws(' ', m.type, body, error_code, unread_count, last_message_at = occurred_at)"
                                        + " from message m join conversation c on c.id = conversation_id where wamid = 'wamid.Late'"))
                .isEqualTo("text here it is 1 t");
        assertThat(twotick.hook.about("wamid.Late"))
                .extracting(HookReceiver.Call::type)
                .containsOnly("message.received");
        assertThat(twotick.hook.about("here it is")).hasSize(1);
    }

    @Test
    void textThatPostgresqlRefusesIsAppliedAndKeptExactly() throws Exception {
        byte[] body = payload(messages("1008", List.of(text("16505551008", "wamid.Nul", "nul:\\u0000 lone:\\ud83d"))))
                .getBytes(StandardCharsets.UTF_8);
        twotick.post(body);
        twotick.settle();

        assertThat(twotick.one("select body from message where wamid = 'wamid.Nul'"))
                .isEqualTo("nul:\ufffd lone:\ufffd");
        assertThat(twotick.one("select body from payload_log where position('wamid.Nul'::bytea in body) > 0"))
                .isEqualTo(body);
    }

    @Test
    void aSignedBodyThatIsNotJsonIsKeptAndFailed() throws Exception {
        assertThat(twotick.post("{\"broken-1009\":")).isEqualTo(200);
        twotick.settle();

        assertThat(twotick.one("select state from payload where position('broken-1009'::bytea in body) > 0"))
                .isEqualTo("failed");
        await().until(() -> twotick.hook.calls.stream().anyMatch(c -> c.type().equals("payload.failed")));
    }

    @Test
    void unknownTypesAndFieldsAreKeptAndForwarded() throws Exception {
        twotick.post(payload(
                change(
                        "1010",
                        "\"messages\":[{\"from\":\"16505551010\",\"id\":\"wamid.T\",\"timestamp\":\"1795000000\","
                                + "\"type\":\"hologram\",\"hologram\":{\"depth\":3}}]"),
                "{\"field\":\"brand_new_field\",\"value\":{\"novelty\":\"n-1010\"}}"));
        twotick.settle();

        assertThat(twotick.one("select type from message where wamid = 'wamid.T'"))
                .isEqualTo("hologram");
        assertThat(twotick.one("select value->>'novelty' from account_notice where field = 'brand_new_field'"))
                .isEqualTo("n-1010");
        await().until(() -> twotick.hook.about("n-1010").size() == 1);
    }

    @Test
    void aHookThatFailedIsCalledAgainUnderTheSameId() throws Exception {
        twotick.post(payload(messages("1011", List.of(text("16505551011", "wamid.First", "makes the account")))));
        await().until(() -> twotick.hook.about("wamid.First").size() == 1);
        await().until(() -> twotick.one("select count(*) from hook_delivery").equals(0L)); // or another call fails
        twotick.hook.failNext(1);
        twotick.post(payload(messages("1011", List.of(text("16505551011", "wamid.Again", "hello")))));

        await().until(() -> twotick.hook.about("wamid.Again").size() == 2);
        assertThat(twotick.hook.about("wamid.Again"))
                .extracting(HookReceiver.Call::id)
                .containsOnly(twotick.hook.about("wamid.Again").getFirst().id());
    }

    @Test
    void aPushThatFailedIsRepairedWhileTrafficGoesOn() throws Exception {
        PayloadId lost = PayloadId.at(Instant.now());
        byte[] body = payload(messages("1012", List.of(text("16505551012", "wamid.Lost", "found"))))
                .getBytes(StandardCharsets.UTF_8);
        twotick.db.execute(
                "insert into payload_log (id, received_at, body, signature, app) values (?, now(), ?, ?, 'shop')",
                lost.value(),
                body,
                new byte[32]);
        AtomicBoolean goOn = new AtomicBoolean(true);
        Thread traffic = Thread.startVirtualThread(() -> {
            for (int i = 0; goOn.get(); i++) {
                try {
                    twotick.post(payload(messages("1012", List.of(text("16505551013", "wamid.Traffic" + i, "x")))));
                } catch (Exception e) {
                    return;
                }
            }
        });

        await().until(() -> twotick.one("select count(*) from message where wamid = 'wamid.Lost'")
                .equals(1L));
        goOn.set(false);
        traffic.join();
        twotick.settle();
    }

    @Test
    void replayingEverythingTwiceChangesNoRowButOutcomes() throws Exception {
        twotick.post(payload(messages("1013", List.of(text("16505551014", "wamid.R1", "hello")))));
        twotick.post(payload(statuses("1013", List.of(status("wamid.R2", "sent", 0), status("wamid.R2", "read", 5)))));
        twotick.settle();
        await().until(() -> twotick.hook.about("wamid.R2").size() == 2);
        String before = state("1013");

        for (int i = 0; i < 2; i++) {
            assertThat(WorkerCommand.run(twotick.environment, "--replay", "--account", "1013"))
                    .isEqualTo(0);
        }
        assertThat(WorkerCommand.run(twotick.environment, "--replay", "--account", "1013", "--in-process"))
                .isEqualTo(0);

        assertThat(state("1013")).isEqualTo(before);
        assertThat(twotick.one("select count(*) from payload_outcome where '1013' = any (accounts)"))
                .isEqualTo(8L);
        assertThat(twotick.hook.about("wamid.R2")).hasSize(2);
    }

    @Test
    void resendMakesTheCallAgainUnderItsOwnId() throws Exception {
        twotick.post(payload(messages("1014", List.of(text("16505551015", "wamid.Resend", "hello")))));
        await().until(() -> twotick.hook.about("wamid.Resend").size() == 1);
        await().until(() -> twotick.one("select count(*) from hook_delivery").equals(0L));

        assertThat(WorkerCommand.run(
                        twotick.environment, "--resend", "--endpoint", "environment", "--type", "message.received"))
                .isEqualTo(0);

        await().until(() -> twotick.hook.about("wamid.Resend").size() == 2);
        assertThat(twotick.hook.about("wamid.Resend").getFirst().id())
                .isEqualTo(twotick.hook.about("wamid.Resend").getLast().id());
    }

    private static String payment(String id, String status, int at, String members) {
        return status(id, status, at)
                .replace("}", ",\"type\":\"payment\",\"payment\":{\"reference_id\":\"o1\"," + members + "}}");
    }

    private static String state(String number) {
        return twotick.db.fetch("""
                        select m.wamid, m.status, m.body, m.sent_at, m.read_at, s.status, c.unread_count, c.last_message_at
                        from message m join account a on a.id = m.account_id
                        left join message_status s on s.message_id = m.id
                        left join conversation c on c.id = m.conversation_id
                        where a.phone_number_id = ? order by 1, 6
                        """, number).formatCSV();
    }
}
