package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What programs tell Twotick of people, messages and campaigns: through the API of a worker with all roles.
@WithStores
class ApiProjectionsTest {
    private static WorkerFixture twotick;
    private static Program crm;
    private static int messages;

    @BeforeAll
    static void start(Stores stores) throws Exception {
        twotick = new WorkerFixture(stores);
        twotick.empty();
        twotick.environment.put("TWOTICK_API_TOKEN", Program.TOKEN);
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        crm = new Program(twotick.worker(EnumSet.complementOf(EnumSet.of(Worker.Role.MEDIA)))
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
    }

    /// @return its contact and its conversation
    private static JsonNode messageComes() {
        twotick.receiveText(++messages, "hello");
        twotick.settle();
        String event = twotick.text("select body::json ->> 'data' from hook_event where type = 'message.received'"
                + " order by raised_at desc limit 1");
        return Program.json(event);
    }

    @Test
    void aConversationIsMarkedRead() throws Exception {
        JsonNode message = messageComes();
        String path = "/conversations/" + message.get("conversation_id").asLong() + "/read";
        JsonNode mark =
                crm.asked("POST", path, "{\"message\":\"" + message.get("id").asString() + "\"}");
        assertThat(mark.get("unread").asInt()).isZero();
        assertThat(crm.asked("POST", path, "")).isEqualTo(mark);
        Program.problem(crm.call("POST", "/conversations/0/read", ""), 404);
        Program.problem(crm.call("POST", "/conversations/none/read", ""), 400);
        Program.problem(crm.call("POST", path, "{\"message\":\"019a3c5e-0b80-7c3a-9f53-8a1b2c3d4e5f\"}"), 404);
    }

    @Test
    void aLabelIsMadeOnceAttachedAndTakenOff() throws Exception {
        String contact = messageComes().get("contact_id").asString();
        HttpResponse<String> made = crm.call("POST", "/labels", "{\"name\":\"VIP of the projections\"}");
        assertThat(made.statusCode()).isEqualTo(201);
        assertThat(crm.call("POST", "/labels", "{\"name\":\"VIP of the projections\"}"))
                .returns(200, HttpResponse::statusCode)
                .returns(made.body(), HttpResponse::body);
        JsonNode label = Program.json(made.body());
        assertThat(crm.asked("GET", "/labels", "").get("items")).contains(label);

        String path = "/contacts/" + contact + "/labels";
        String one = path + "/" + label.get("id").asLong();
        for (int times = 0; times < 2; times++) {
            assertThat(crm.asked("PUT", one, "").get("labels")).containsExactly(label);
        }
        assertThat(crm.asked("GET", path, "").get("labels")).containsExactly(label);
        for (int times = 0; times < 2; times++) {
            assertThat(crm.asked("DELETE", one, "").get("labels")).isEmpty();
        }
        Program.problem(crm.call("PUT", path + "/0", ""), 404);
        Program.problem(crm.call("GET", "/contacts/019a3c5e-0b80-7c3a-9f53-8a1b2c3d4e5f/labels", ""), 404);
        Program.problem(crm.call("POST", "/labels", "{\"name\":\" \"}"), 400);
        Program.problem(crm.call("POST", "/labels", "{\"name\":\"a\\u0000b\"}"), 400);
    }

    @Test
    void ofWhatWasSentToSomebodyWhoWasErasedSinceNothingIsWritten() throws Exception {
        messageComes(); // so that there is an account
        assertThat(Command.run(twotick.environment, "--forget", "16505550099", "--yes")
                        .code())
                .isZero();
        crm.asked("POST", "/messages", """
            {"wamid":"wamid.erased","phone_number_id":"%s","to":"16505550099","sent_at":"2026-11-21T12:00:00Z",
            "text":"hi","campaign":"erased"}\
            """.formatted(MetaBodies.NUMBER));
        assertThat(twotick.number("select count(*) from message where wamid = 'wamid.erased'"))
                .isZero();
        assertThat(twotick.number("select count(*) from campaign_recipient r join campaign c on c.id = r.campaign_id"
                        + " where c.key = 'erased'"))
                .isZero();
    }

    @Test
    void whatAProblemQuotesIsUtf8() throws Exception {
        HttpResponse<String> answer = crm.call("GET", "/endpoints/%C3%BCber", "");
        Program.problem(answer, 404);
        assertThat(Program.json(answer.body()).get("detail").asString()).contains("über");
    }

    @Test
    void aContactThatProvedToBeAnotherLeadsToIt() throws Exception {
        String contact = messageComes().get("contact_id").asString();
        String former = "019a3c5e-0b80-7c3a-9f53-8a1b2c3d4e5f";
        twotick.db.execute("insert into contact_merged (from_id, into_id) values (?::uuid, ?::uuid)", former, contact);
        long label =
                crm.asked("POST", "/labels", "{\"name\":\"late\"}").get("id").asLong();
        assertThat(crm.asked("PUT", "/contacts/" + former + "/labels/" + label, "")
                        .get("contact")
                        .asString())
                .isEqualTo(contact);
        twotick.db.execute("delete from contact_merged");
    }

    private static String sent(String wamid, String more) {
        return "{\"wamid\":\"" + wamid + "\",\"phone_number_id\":\"" + MetaBodies.NUMBER
                + "\",\"to\":\"+1 650 555 1234\",\"sent_at\":\"2026-11-21T12:00:00Z\"" + more + "}";
    }

    private static void reported(String wamid, String status) {
        twotick.receive(MetaBodies.status(wamid, status, 1_795_000_060));
        twotick.settle();
    }

    @Test
    void aMessageThatIsRegisteredHasItsStatusesBeforeAndAfter() throws Exception {
        reported("wamid.R1", "delivered");
        JsonNode answer = crm.asked("POST", "/messages", sent("wamid.R1", ",\"text\":\"hello\""));
        assertThat(answer).isEqualTo(crm.asked("POST", "/messages", sent("wamid.R1", ",\"text\":\"hello\"")));
        reported("wamid.R1", "sent");
        reported("wamid.R1", "read");

        assertThat(twotick.text("select key || ' ' || body || ' ' || status || ' ' || (conversation_id is not null)"
                        + " from message where wamid = 'wamid.R1'"))
                .isEqualTo(answer.get("id").asString() + " hello read true");
        assertThat(twotick.db
                        .resultQuery("select type from hook_event where type like 'message.%' order by type")
                        .fetch(0, String.class))
                .containsExactly("message.delivered", "message.read", "message.sent");
    }

    @Test
    void whatCannotBeRegisteredIsSaid() throws Exception {
        String good = sent("wamid.R2", "");
        for (String bad : List.of(
                "no JSON",
                "[]",
                good.replace("sent_at", "at"),
                good.replace("\"+1 650 555 1234\"", "\"nobody\""),
                good.replace("2026-11-21", "2099-11-21"),
                good.replace("wamid.R2", ""),
                sent("wamid.R2", ",\"text\":5"),
                sent("wamid.R2", ",\"campaign\":\"a;b\""))) {
            Program.problem(crm.call("POST", "/messages", bad), 400);
        }
        JsonNode taken = crm.asked("POST", "/messages/lines", "no JSON\n\n" + good + "\n" + good);
        assertThat(taken.get("lines").asInt()).isEqualTo(4);
        assertThat(taken.get("refused").asInt()).isEqualTo(1);
        assertThat(taken.get("reasons").get(0).get("place").asInt()).isEqualTo(1);
        assertThat(twotick.number("select count(*) from message where wamid = 'wamid.R2'"))
                .isEqualTo(1);
    }

    @Test
    void aCampaignIsFilledSealedAndCompleted() throws Exception {
        JsonNode campaign = crm.asked("POST", "/campaigns", "{\"key\":\"spring\",\"name\":\"Spring\"}");
        String path = "/campaigns/" + campaign.get("id").asLong();
        assertThat(crm.asked("POST", "/campaigns", "{\"key\":\"spring\"}")).isEqualTo(campaign);
        JsonNode filled =
                crm.asked("POST", path + "/recipients", "{\"to\":\"+1 650 555 1234\"}\n{\"to\":\"16505550002\"}\n{}\n");
        assertThat(filled.get("lines").asInt()).isEqualTo(3);
        assertThat(filled.get("refused").asInt()).isEqualTo(1);
        crm.asked("POST", "/messages", sent("wamid.C1", ",\"campaign\":\"spring\""));
        crm.asked(
                "POST",
                "/messages",
                sent("wamid.C2", ",\"campaign\":\"spring\"").replace("1 650 555 1234", "16505550002"));
        crm.asked("POST", path + "/seal", "");
        reported("wamid.C1", "read");
        reported("wamid.C2", "failed");
        await().until(() -> crm.asked("GET", path, "").has("completed_at")
                && !crm.asked("GET", path, "").get("completed_at").isNull());
        JsonNode done = crm.asked("GET", path, "");
        assertThat(done.get("total").asInt()).isEqualTo(2);
        assertThat(done.get("read").asInt()).isEqualTo(1);
        assertThat(done.get("failed").asInt()).isEqualTo(1);
        assertThat(crm.asked("GET", "/campaigns", "").get("items")).contains(done);
        Program.problem(crm.call("POST", "/campaigns", "{\"key\":\"a;b\"}"), 400);
        Program.problem(crm.call("POST", "/campaigns/0/recipients", "{}"), 404);
        Program.problem(crm.call("POST", path + "/seal", "{\"total\":0}"), 400);
    }

    /// More than a form may have.
    @Test
    void aBodyOfLinesMayBeLong() throws Exception {
        long id =
                crm.asked("POST", "/campaigns", "{\"key\":\"many\"}").get("id").asLong();
        String line = "{\"to\":\"%d\",\"note\":\"" + "x".repeat(300) + "\"}\n";
        String lines = IntStream.range(0, 1_200)
                .mapToObj(i -> line.formatted(16_505_100_000L + i))
                .collect(Collectors.joining());
        assertThat(lines.length()).isGreaterThan(256 * 1024);
        for (int times = 0; times < 2; times++) {
            JsonNode filled = crm.asked("POST", "/campaigns/" + id + "/recipients", lines);
            assertThat(filled.get("lines").asInt()).isEqualTo(1_200);
            assertThat(filled.get("refused").asInt()).isZero();
        }
        assertThat(twotick.number("select count(*) from campaign_recipient where campaign_id = " + id))
                .isEqualTo(1_200);
    }

    @Test
    void aBodyThatBreaksOffIsNobodysFault() throws Exception {
        messageComes();
        try (LoggedLines log = new LoggedLines()) {
            for (String path : List.of("/messages/lines", "/messages", "/labels")) {
                crm.breakOff(path, "Content-Length: 5000", "{\"name\":\"half of");
                crm.breakOff(path, "Transfer-Encoding: chunked", "1000\r\n{\"name\":\"half of");
            }
            await().untilAsserted(
                            () -> assertThat(log.with("console=broken_off")).hasSize(6));
            assertThat(log.with("console=failed")).isEmpty();
        }
    }

    @Test
    void aSignUpGetsItsNameAndTheLabelOfWhoeverSignsUp() throws Exception {
        long label =
                crm.asked("POST", "/labels", "{\"name\":\"news\"}").get("id").asLong();
        JsonNode signup = crm.asked("PUT", "/signups/newsletter", "{\"name\":\"News\",\"label\":" + label + "}");
        assertThat(signup.get("label").asLong()).isEqualTo(label);
        assertThat(signup.get("discovered").asBoolean()).isFalse();
        assertThat(crm.asked("GET", "/signups", "").get("items")).contains(signup);
        assertThat(crm.asked("PUT", "/signups/newsletter", "{}").get("label").isNull())
                .isTrue();
        Program.problem(crm.call("PUT", "/signups/newsletter", "{\"label\":0}"), 404);
    }

    @Test
    void anAccountIsAddedChangedAndMoved() throws Exception {
        assertThat(crm.call("POST", "/accounts", "{\"phone_number_id\":\"4711\"}")
                        .statusCode())
                .isEqualTo(201);
        assertThat(crm.call("POST", "/accounts", "{\"phone_number_id\":\"4711\"}")
                        .statusCode())
                .isEqualTo(200);
        crm.asked("PATCH", "/accounts/4711", "{\"name\":\"Support\",\"verify_token\":\"a-token-of-its-own\"}");
        JsonNode account =
                crm.asked("PATCH", "/accounts/4711", "{\"app\":\"shop\"}").get("account");
        assertThat(account.get("name").asString()).isEqualTo("Support");
        assertThat(account.get("app").asString()).isEqualTo("shop");
        assertThat(account.get("has_token").asBoolean()).isTrue();
        assertThat(account.toString()).doesNotContain("a-token-of-its-own");
        assertThat(crm.asked("GET", "/accounts", "").get("items")).contains(account);
        crm.asked("POST", "/accounts/4711/move", "{\"business\":\"Two\"}");
        assertThat(crm.asked("GET", "/accounts/4711", "")
                        .get("account")
                        .get("business")
                        .asString())
                .isEqualTo("Two");
        twotick.db.execute("delete from account where phone_number_id = '4711'");
        Program.problem(crm.call("PATCH", "/accounts/4711", "{\"name\":\"\"}"), 404);
        Program.problem(crm.call("PATCH", "/accounts/4711", "{}"), 400);
        Program.problem(crm.call("POST", "/accounts/4711/move", "{\"business\":\"Two\"}"), 404);
        Program.problem(crm.call("POST", "/accounts", "{\"phone_number_id\":\"x\"}"), 400);
    }
}
