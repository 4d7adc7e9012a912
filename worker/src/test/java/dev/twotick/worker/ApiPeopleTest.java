package dev.twotick.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// What programs read of conversations and people, and that somebody is forgotten.
@WithStores
class ApiPeopleTest {
    private static final long NOW = 1_795_000_000;
    private static final String ADA = "16505551001";
    private static final String BOB = "16505551002";

    private static WorkerFixture twotick;
    private static Program crm;

    @BeforeAll
    static void start(Stores stores) throws Exception {
        twotick = new WorkerFixture(stores);
        twotick.empty();
        twotick.environment.put("TWOTICK_API_TOKEN", Program.TOKEN);
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        crm = new Program(twotick.worker(EnumSet.of(Worker.Role.CONSUME, Worker.Role.CONSOLE))
                .consolePort());
    }

    @AfterAll
    static void close() {
        crm.close();
        twotick.close();
    }

    @BeforeEach
    void empty() {
        twotick.settle();
        twotick.emptyLogAndHooks();
        twotick.db.execute("truncate message, message_status, reaction_statement, contact, contact_identity,"
                + " contact_mention, conversation, campaign, label, tombstone, account, api_request cascade");
        twotick.redis.flushAll();
    }

    private static void comes(String... messages) {
        twotick.receive(MetaBodies.messages(MetaBodies.NUMBER, List.of(), List.of(messages)));
        twotick.settle();
    }

    private static String message(String wamid, long after, String rest) {
        return """
                {"from":"%s","id":"%s","timestamp":"%d",%s}""".formatted(ADA, wamid, NOW + after, rest);
    }

    /// @return its path
    private static String contact(String number) {
        return "/contacts/" + twotick.text("select contact_id from contact_identity where value = '" + number + "'");
    }

    private static String conversation() {
        return "/conversations/" + twotick.number("select id from conversation") + "/messages";
    }

    @Test
    void whatWasSaidIsReadTheNewestFirstWithWhatBecameOfIt() throws Exception {
        comes(
                MetaBodies.message(ADA, "wamid.A", NOW, "first"),
                message("wamid.B", 10, """
                        "type":"text","context":{"id":"wamid.A"},"text":{"body":"an answer"}"""),
                message("wamid.C", 20, """
                        "type":"image","image":{"id":"77","mime_type":"image/jpeg","sha256":"x","caption":"look"}"""),
                message("wamid.D", 30, """
                        "type":"text","text":{"body":"nobody should see this"}"""),
                message("wamid.L", 35, """
                        "type":"location","location":{"latitude":52.5,"longitude":13.4,"name":"Berlin"}"""));
        comes(message("wamid.R", 40, """
                        "type":"reaction","reaction":{"message_id":"wamid.A","emoji":"🎉"}"""), message("wamid.E", 41, """
                        "type":"edit","edit":{"original_message_id":"wamid.B","message":{"type":"text",\
                        "text":{"body":"another answer"}}}"""), message("wamid.V", 42, """
                        "type":"revoke","revoke":{"original_message_id":"wamid.D"}"""));
        crm.asked("POST", "/messages", """
                {"wamid":"wamid.O","phone_number_id":"%s","to":"%s","sent_at":%d,"type":"text","text":"ours"}\
                """.formatted(MetaBodies.NUMBER, ADA, NOW + 50));
        twotick.receive(MetaBodies.status("wamid.O", "sent", NOW + 51));
        twotick.receive(MetaBodies.status("wamid.O", "read", NOW + 53));
        twotick.settle();

        JsonNode page = crm.asked("GET", conversation(), "");
        assertThat(page.get("next").isNull()).isTrue();
        List<JsonNode> said = new ArrayList<>();
        page.get("items").forEach(said::add);
        assertThat(said)
                .extracting(one -> one.get("wamid").asString())
                .containsExactly("wamid.O", "wamid.L", "wamid.D", "wamid.C", "wamid.B", "wamid.A");

        JsonNode ours = said.getFirst();
        assertThat(ours.get("id").asString())
                .isEqualTo(twotick.text("select key from message where wamid = 'wamid.O'"));
        assertThat(List.of(
                        ours.get("direction").asString(),
                        ours.get("status").asString(),
                        ours.get("text").asString()))
                .containsExactly("outbound", "read", "ours");
        assertThat(ours.get("sent_at").asString())
                .isEqualTo(Instant.ofEpochSecond(NOW + 51).toString());
        assertThat(ours.get("read_at").asString())
                .isEqualTo(Instant.ofEpochSecond(NOW + 53).toString());
        assertThat(ours.get("delivered_at").isNull()).isTrue();
        assertThat(ours.get("received_at").isNull()).isTrue();

        assertThat(said.get(1).get("location").toString())
                .isEqualTo("{\"latitude\":52.5,\"longitude\":13.4,\"name\":\"Berlin\",\"address\":null}");
        JsonNode deleted = said.get(2);
        assertThat(deleted.get("text").isNull()).isTrue();
        assertThat(deleted.get("revoked_at").isNull()).isFalse();
        assertThat(page.toString()).doesNotContain("nobody should see this");
        assertThat(said.get(3).get("media").get("id").asString()).isEqualTo("77");
        assertThat(said.get(3).get("text").asString()).isEqualTo("look");
        JsonNode answer = said.get(4);
        assertThat(answer.get("text").asString()).isEqualTo("another answer");
        assertThat(answer.get("edited_at").isNull()).isFalse();
        assertThat(answer.get("reply_to_wamid").asString()).isEqualTo("wamid.A");
        assertThat(said.get(5).get("reactions").toString()).isEqualTo("[{\"emoji\":\"🎉\",\"times\":1}]");
        assertThat(said.get(5).get("from_wa_id").asString()).isEqualTo(ADA);
    }

    /// Some have no time of Meta's, many are of one time, and most are no messages of their own.
    @Test
    void aLongConversationIsReadPageByPageEachMessageOnce() throws Exception {
        comes(MetaBodies.message(ADA, "wamid.A", NOW, "first"));
        twotick.db.execute("""
                insert into message (key, account_id, wamid, conversation_id, direction, kind, type, occurred_at)
                select md5(n::text)::uuid, c.account_id, 'w' || n, c.id, 'inbound',
                    case n % 3 when 0 then 'content' when 1 then 'reaction' else 'edit' end, 'text',
                    case when n > 70 then to_timestamp(1795000000 - n / 10) end
                from conversation c, generate_series(1, 400) n
                """);
        List<String> seen = new ArrayList<>();
        String next = "";
        while (true) {
            JsonNode page = crm.asked("GET", conversation() + next, "");
            page.get("items").forEach(one -> seen.add(one.get("wamid").asString()));
            if (page.get("next").isNull()) {
                break;
            }
            next = "?before=" + page.get("next").asString();
        }
        assertThat(seen)
                .containsExactlyElementsOf(twotick.db
                        .resultQuery(
                                "select wamid from message where kind = 'content' order by occurred_at desc, id desc")
                        .fetch(0, String.class))
                .hasSize(134);
        Program.problem(crm.call("GET", conversation() + "?before=x_1", ""), 400);
        Program.problem(crm.call("GET", "/conversations/0/messages", ""), 404);
        Program.problem(crm.call("GET", "/conversations/none/messages", ""), 400);
    }

    @Test
    void anExportIsWhatTheCommandWrites(@TempDir Path directory) throws Exception {
        comes(MetaBodies.message(ADA, "wamid.A", NOW, "of Ada"), MetaBodies.message(BOB, "wamid.B", NOW, "of Bob"));
        Path file = directory.resolve("ada.json");
        Command.Said said = Command.run(twotick.environment, "--export", ADA, "--output", file.toString());
        assertThat(said.code()).as(said.err()).isZero();

        HttpResponse<String> export = crm.call("GET", contact(ADA) + "/export", "");
        assertThat(export.statusCode()).isEqualTo(200);
        assertThat(export.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/json");
        assertThat(export.body()).contains("of Ada").doesNotContain("of Bob").isEqualTo(Files.readString(file, UTF_8));
        assertThat(audited()).containsExactly("contact.export " + contact(ADA).replace("/contacts/", ""));
    }

    private static List<String> audited() {
        return twotick.db
                .resultQuery(
                        "select action || ' ' || subject from audit_log where actor = 'token:environment' order by id")
                .fetch(0, String.class);
    }

    @Test
    void noMoreThanTwoAreExportedAtATime() throws Exception {
        comes(MetaBodies.message(ADA, "wamid.A", NOW, "of Ada"));
        String path = contact(ADA) + "/export";
        List<Future<HttpResponse<String>>> two = new ArrayList<>();
        try (ExecutorService programs = Executors.newVirtualThreadPerTaskExecutor()) {
            twotick.db.transaction(held -> {
                held.dsl().execute("lock table contact_change in access exclusive mode");
                two.add(programs.submit(() -> crm.call("GET", path, "")));
                two.add(programs.submit(() -> crm.call("GET", path, "")));
                await().until(() -> twotick.number("select count(*) from pg_locks where not granted"
                                + " and relation = 'contact_change'::regclass")
                        == 2);
                Future<HttpResponse<String>> third = programs.submit(() -> crm.call("GET", path, ""));
                await().until(third::isDone);
                Program.problem(third.get(), 429);
            });
            for (Future<HttpResponse<String>> one : two) {
                assertThat(one.get().body()).contains("of Ada").endsWith("}\n");
            }
        }
        assertThat(crm.call("GET", path, "").statusCode()).isEqualTo(200);
    }

    @Test
    void somebodyIsForgottenOnceUnderAKey() throws Exception {
        comes(MetaBodies.message(ADA, "wamid.A", NOW, "of Ada"));
        String ada = contact(ADA);
        HttpResponse<String> begun = crm.call("POST", ada + "/forget", "", "Idempotency-Key", "once");
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
        String run = begun.headers().firstValue("Location").orElseThrow().replaceFirst("^/api/v1", "");
        await().until(() -> crm.asked("GET", run, "").get("over").asBoolean());
        JsonNode over = crm.asked("GET", run, "");
        assertThat(over.get("fault").isNull()).isTrue();
        assertThat(over.get("erased").get("messages").asInt()).isOne();
        assertThat(over.get("erased").get("payloads").asInt()).isOne();

        HttpResponse<String> again = crm.call("POST", ada + "/forget", "", "Idempotency-Key", "once");
        assertThat(again).returns(202, HttpResponse::statusCode).returns(begun.body(), HttpResponse::body);
        for (String path : List.of(ada, ada + "/export")) {
            Program.problem(crm.call("GET", path, ""), 404);
        }
        Program.problem(crm.call("POST", ada + "/forget", ""), 404);
        assertThat(twotick.number("select count(*) from message")).isZero();
        assertThat(audited()).containsExactly("contact.forget erased");
        Program.problem(crm.call("GET", "/erasures/" + ada.replace("/contacts/", ""), ""), 404);
    }

    @Test
    void whileSomebodyIsErasedNobodyElseIs() throws Exception {
        comes(MetaBodies.message(ADA, "wamid.A", NOW, "of Ada"));
        comes(MetaBodies.message(BOB, "wamid.B", NOW, "of Bob"));
        String ada = contact(ADA) + "/forget";
        String bob = contact(BOB) + "/forget";
        List<String> run = new ArrayList<>();
        twotick.db.transaction(held -> {
            held.dsl().execute("lock table tombstone in access exclusive mode");
            run.add("/erasures/" + crm.asked("POST", ada, "").get("id").asString());
            Program.problem(crm.call("POST", bob, ""), 409);
            assertThat(crm.asked("GET", run.getFirst(), "").get("over").asBoolean())
                    .isFalse();
        });
        await().until(() -> crm.asked("GET", run.getFirst(), "").get("over").asBoolean());
        run.add("/erasures/" + crm.asked("POST", bob, "").get("id").asString());
        await().until(() -> crm.asked("GET", run.getLast(), "").get("over").asBoolean());
        assertThat(twotick.number("select count(*) from message")).isZero();
    }

    @Test
    void withoutItsKeyNobodyIsErased() throws Exception {
        comes(MetaBodies.message(ADA, "wamid.A", NOW, "of Ada"));
        String key = twotick.environment.remove("TWOTICK_ENCRYPTION_KEY");
        try (Worker other = twotick.worker(EnumSet.of(Worker.Role.CONSOLE));
                Program program = new Program(other.consolePort())) {
            Program.problem(program.call("POST", contact(ADA) + "/forget", ""), 409);
        } finally {
            twotick.environment.put("TWOTICK_ENCRYPTION_KEY", key);
        }
        assertThat(twotick.number("select count(*) from message")).isOne();
    }

    @Test
    void aContactThatProvedToBeAnotherIsForgottenByEitherId() throws Exception {
        comes(MetaBodies.message(ADA, "wamid.A", NOW, "of Ada"));
        String former = "019a3c5e-0b80-7c3a-9f53-8a1b2c3d4e5f";
        twotick.db.execute(
                "insert into contact_merged (from_id, into_id) values (?::uuid, ?::uuid)",
                former,
                contact(ADA).replace("/contacts/", ""));
        assertThat(crm.call("GET", "/contacts/" + former + "/export", "").body())
                .contains("of Ada");
        String run = "/erasures/"
                + crm.asked("POST", "/contacts/" + former + "/forget", "")
                        .get("id")
                        .asString();
        await().until(() -> crm.asked("GET", run, "").get("over").asBoolean());
        assertThat(twotick.number("select (select count(*) from message) + (select count(*) from contact_merged)"))
                .isZero();
    }
}
