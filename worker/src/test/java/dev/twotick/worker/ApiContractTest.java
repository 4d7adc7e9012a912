package dev.twotick.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.settings.AppSecret;
import dev.twotick.queue.AppSecretUses;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.deliver.Receiver;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The API's document says what there is, and what there is does what it says.
@WithStores
class ApiContractTest {
    /// Whoever may read may listen.
    private static final String LISTENING = "POST /ws-token";

    private static WorkerFixture twotick;
    private static Worker worker;
    private static Program crm;
    private static Receiver app;
    private static Contract contract;

    @BeforeAll
    static void start(Stores stores) throws Exception {
        twotick = new WorkerFixture(stores);
        twotick.empty();
        twotick.emptyLogAndHooks();
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        twotick.environment.put("TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8");
        twotick.environment.put("TWOTICK_API_TOKEN", Program.TOKEN);
        worker = twotick.worker(EnumSet.complementOf(EnumSet.of(Worker.Role.MEDIA)));
        crm = new Program(worker.consolePort());
        app = new Receiver();
        contract = new Contract(crm.call("GET", "/openapi.yaml", "").body());
    }

    @AfterAll
    static void close() {
        crm.close();
        twotick.close();
        app.close();
    }

    private static JsonNode asked(String method, String path, String body) throws Exception {
        HttpResponse<String> answer = crm.call(method, path, body);
        assertThat(answer.statusCode())
                .as("%s %s: %s", method, path, answer.body())
                .isLessThan(400);
        contract.check(method, path, body, answer);
        boolean json = answer.headers().firstValue("Content-Type").orElse("").startsWith("application/json");
        return Program.json(json ? answer.body() : "{}");
    }

    private static JsonNode asked(String method, String path) throws Exception {
        return asked(method, path, "");
    }

    @Test
    void everyOperationIsDocumentedAndEveryDocumentedOneIsThere() {
        assertThat(contract.operations()).isEqualTo(worker.consoleOperations());
    }

    @Test
    void everyOperationTakesAndAnswersWhatIsDocumented() throws Exception {
        asked("GET", "/openapi.yaml");
        asked("POST", "/endpoints", "{\"name\":\"crm\",\"url\":\"" + app.url() + "\",\"final_codes\":[\"422\"]}");
        twotick.receiveText(1, "hello");
        twotick.receive("no JSON".getBytes(UTF_8));
        twotick.settle();
        await().until(() -> !asked("GET", "/endpoints/crm/attempts?outcome=delivered")
                .get("items")
                .isEmpty());
        payloads();
        events();
        projections();
        accounts();
        endpoints();
        assertThat(contract.answered()).isEqualTo(contract.operations());
    }

    private static void payloads() throws Exception {
        String failed = "";
        for (JsonNode payload : asked("GET", "/payloads?since=1h").get("items")) {
            String id = payload.get("id").asString();
            asked("GET", "/payloads/" + id);
            asked("GET", "/payloads/" + id + "/body");
            failed = payload.get("state").asString().equals("failed") ? id : failed;
        }
        asked("GET", "/payloads?q=wamid.W1");
        asked("POST", "/payloads/" + failed + "/replay");
        String replay = asked("POST", "/replays?state=failed").get("id").asString();
        asked("GET", "/replays/" + replay);
        asked("DELETE", "/replays/" + replay);
    }

    private static void events() throws Exception {
        app.answering(422);
        twotick.receiveText(2, "hello");
        await().until(() -> !asked("GET", "/endpoints/crm/dead").get("items").isEmpty());
        app.answering(204);
        String event = asked("GET", "/endpoints/crm/dead")
                .get("items")
                .get(0)
                .get("webhook_id")
                .asString();
        asked("GET", "/hook-events/" + event);
        asked("GET", "/events?type=message.*,contact.created&account=" + MetaBodies.NUMBER + "&limit=2");
        asked("GET", "/events?after=latest");
        asked("POST", "/ws-token");
        asked("POST", "/hook-events/" + event + "/resend?endpoint=crm");
        asked("GET", "/endpoints/crm/attempts");
        resends();
    }

    private static void resends() throws Exception {
        long id = asked(
                        "POST",
                        "/resends",
                        "{\"endpoint\":\"crm\",\"only\":\"all\",\"type\":\"message.*\",\"accounts\":[\""
                                + MetaBodies.NUMBER + "\"],\"since\":\"1h\",\"rate\":5}")
                .get("id")
                .asLong();
        twotick.db.execute("update hook_resend set state = 'running', finished_at = null,"
                + " rate_used_until = now() + interval '1 hour' where id = " + id);
        asked("GET", "/resends");
        asked("DELETE", "/resends/" + id);
        asked("GET", "/resends/" + id);
        asked("POST", "/resends/" + id + "/resume");
        asked("DELETE", "/resends/" + id);
    }

    private static void projections() throws Exception {
        String sent = "{\"wamid\":\"wamid.S\",\"phone_number_id\":\"" + MetaBodies.NUMBER
                + "\",\"to\":\"16505550009\",\"sent_at\":\"2026-11-21T12:00:00Z\",\"text\":\"hi\",\"campaign\":\"spring\"}";
        asked("POST", "/messages", sent);
        asked("POST", "/messages/lines", sent + "\n" + sent.replace("wamid.S", "wamid.T"));
        contacts();
        asked("POST", "/conversations/" + twotick.number("select min(id) from conversation") + "/read");
        long label = asked("POST", "/labels", "{\"name\":\"VIP\"}").get("id").asLong();
        asked("POST", "/labels", "{\"name\":\"VIP\"}");
        asked("GET", "/labels");
        String labels = "/contacts/" + twotick.text("select min(id::text) from contact") + "/labels";
        asked("PUT", labels + "/" + label);
        asked("GET", labels);
        asked("DELETE", labels + "/" + label);
        asked("PUT", "/signups/news", "{\"name\":\"News\",\"label\":" + label + "}");
        asked("GET", "/signups");
        JsonNode campaign = asked("POST", "/campaigns", "{\"key\":\"spring\",\"name\":\"Spring\"}");
        String path = "/campaigns/" + campaign.get("id").asLong();
        asked("POST", path + "/recipients", "{\"to\":\"16505550009\"}\n{\"wamid\":\"wamid.S\"}");
        asked("POST", path + "/seal", "{\"total\":3}");
        asked("GET", path);
        asked("GET", "/campaigns");
        forgotten();
    }

    private static void forgotten() throws Exception {
        String contact = "/contacts/" + twotick.text("select min(id::text) from contact");
        assertThat(asked("GET", contact + "/export").get("contacts")).hasSize(1);
        String erasure = asked("POST", contact + "/forget").get("id").asString();
        await().until(() -> !asked("GET", "/erasures/" + erasure).get("erased").isNull());
    }

    private static void contacts() throws Exception {
        JsonNode conversation =
                asked("GET", "/conversations?unread=true").get("items").get(0);
        JsonNode known = asked("GET", "/contacts/" + conversation.get("contact").asString());
        assertThat(known.get("conversations").get(0)).isEqualTo(conversation);
        assertThat(asked("GET", "/conversations/" + conversation.get("id").asLong() + "/messages")
                        .get("items"))
                .isNotEmpty();
        String number = known.get("contact").get("ids").get(0).asString();
        assertThat(asked("GET", "/contacts?q=%2B" + number).get("items").get(0)).isEqualTo(known.get("contact"));
        assertThat(asked("GET", "/contacts").get("items")).contains(known.get("contact"));
    }

    private static void accounts() throws Exception {
        new AppSecretUses(twotick.partition).say(Map.of(new AppSecret("shop", "s3cret"), Instant.EPOCH));
        asked("POST", "/accounts", "{\"phone_number_id\":\"4712\"}");
        asked("POST", "/accounts", "{\"phone_number_id\":\"4712\"}");
        asked("PATCH", "/accounts/4712", "{\"name\":\"Support\",\"active\":false}");
        asked("GET", "/accounts/4712");
        asked("POST", "/accounts/4712/rotate");
        asked("GET", "/accounts");
        asked("GET", "/app-secrets");
        asked("POST", "/accounts/4712/move", "{\"business\":\"1\"}");
        twotick.db.execute("delete from account where phone_number_id = '4712'");
    }

    private static void endpoints() throws Exception {
        asked("GET", "/endpoints");
        asked("GET", "/endpoints/crm");
        asked("PATCH", "/endpoints/crm", "{\"rate\":\"5\",\"description\":\"ours\",\"allow_nets\":[\"10.0.0.0/8\"]}");
        for (String change : new String[] {"pause", "resume", "disable", "enable", "rotate?grace=0s"}) {
            asked("POST", "/endpoints/crm/" + change);
        }
        asked("POST", "/endpoints/crm/test");
        asked("GET", "/audit");
        asked("DELETE", "/endpoints/crm?with_calls=true");
    }

    /// Whatever is asked wrongly is answered with a problem, as it is documented.
    @Test
    void whatCannotBeIsADocumentedProblem() throws Exception {
        List<String> taken = new ArrayList<>();
        for (String operation : contract.operations()) {
            String method = operation.substring(0, operation.indexOf(' '));
            String path = nowhere(operation);
            if (!operation.contains("{") && method.equals("GET")) {
                continue; // lists that are there
            }
            HttpResponse<String> answer = crm.call(method, path, "{\"nonsense\":true}");
            if (answer.statusCode() < 300) {
                taken.add(operation);
            } else {
                Program.problem(answer, answer.statusCode());
                assertThat(answer.statusCode()).as(operation).isLessThan(500);
                contract.check(method, path, "", answer);
            }
        }
        assertThat(taken)
                .as("lines are judged one by one; a replay takes no body, and may find nothing; nor does a token"
                        + " for a socket")
                .containsExactly("POST /messages/lines", "POST /payloads/{id}/replay", "POST /replays", LISTENING);
    }

    /// The path of an operation, on something that is not there.
    private static String nowhere(String operation) {
        return operation
                .substring(operation.indexOf(' ') + 1)
                .replace("/campaigns/{campaign}", "/campaigns/0")
                .replace("/conversations/{id}", "/conversations/0")
                .replace("/resends/{id}", "/resends/0")
                .replaceAll("\\{[a-z]+}", "019a3c5e-0b80-7c3a-9f53-8a1b2c3d4e5f");
    }

    @Test
    void aTokenOfTheScopeReadChangesNothing() throws Exception {
        String token = Command.run(twotick.environment, "token", "add", "looker", "--scope", "read")
                .lastLine();
        try (Program looker = new Program(worker.consolePort(), token)) {
            for (String operation : contract.operations()) {
                String method = operation.substring(0, operation.indexOf(' '));
                HttpResponse<String> answer = looker.call(method, nowhere(operation), "{}");
                if (method.equals("GET") || operation.equals(LISTENING)) {
                    assertThat(answer.statusCode()).as(operation).isIn(200, 404);
                } else {
                    assertThat(answer.statusCode()).as(operation).isEqualTo(403);
                    Program.problem(answer, 403);
                }
            }
        }
    }
}
