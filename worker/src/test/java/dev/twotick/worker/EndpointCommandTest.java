package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.standardwebhooks.Webhook;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.Command.Said;
import dev.twotick.worker.deliver.Receiver;
import dev.twotick.worker.deliver.Receiver.Call;
import java.net.http.HttpHeaders;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What people and scripts say to `worker endpoint`, and what running workers make of it.
@WithStores
class EndpointCommandTest {
    private final WorkerFixture twotick;
    private Receiver app;
    private int messages;

    EndpointCommandTest(Stores stores) {
        twotick = new WorkerFixture(stores);
    }

    @BeforeEach
    void empty() throws Exception {
        twotick.empty();
        twotick.db.execute("truncate hook_endpoint");
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        twotick.environment.put("TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8");
        app = new Receiver();
    }

    @AfterEach
    void close() {
        twotick.close();
        app.close();
    }

    private Said say(String... line) {
        String[] whole = new String[line.length + 1];
        whole[0] = "endpoint";
        System.arraycopy(line, 0, whole, 1, line.length);
        return tellWorker(whole);
    }

    private Said tellWorker(String... line) {
        return Command.run(twotick.environment, line);
    }

    private JsonNode shown(String name) {
        return JsonMapper.shared().readTree(say("show", name, "--json").out());
    }

    private void messageComes() {
        twotick.receiveText(messages++, "hello");
        twotick.settle();
    }

    private static void verify(String secret, Call call) throws Exception {
        new Webhook(secret).verify(call.body(), HttpHeaders.of(Map.copyOf(call.headers()), (_, _) -> true));
    }

    @Test
    void aRunningWorkerHoldsToWhatIsSaidOfAnEndpoint() throws Exception {
        twotick.worker();
        Said added = say(
                "add", "crm", app.url(), "--events", "message.received", "--header", "Authorization: Bearer secret-1");
        assertThat(added.code()).isZero();
        String secret = added.lastLine();

        messageComes();
        await().untilAsserted(() -> assertThat(app.calls).hasSize(1));
        verify(secret, app.calls.getFirst());
        assertThat(app.calls.getFirst().headers().getFirst("Authorization")).isEqualTo("Bearer secret-1");

        String next = say("rotate", "crm", "--grace", "1h").lastLine();
        await().ignoreExceptions().untilAsserted(() -> {
            messageComes();
            int calls = messages;
            await().untilAsserted(() -> assertThat(app.calls).hasSize(calls));
            verify(next, app.calls.getLast());
        });
        verify(secret, app.calls.getLast());

        say("pause", "crm");
        int before = app.calls.size();
        messageComes();
        assertThat(shown("crm").get("state").asString()).isEqualTo("paused");
        assertThat(shown("crm").get("waiting").asInt()).isEqualTo(1);
        assertThat(app.calls).hasSize(before);
        say("resume", "crm");
        await().untilAsserted(() -> assertThat(app.calls).hasSize(before + 1));

        say("disable", "crm", "--reason", "moving house");
        messageComes();
        assertThat(shown("crm").get("reason").asString()).isEqualTo("moving house");
        assertThat(say("enable", "crm").out())
                .contains("1 events were raised meanwhile", "worker --resend --endpoint crm --since", "--missed");
        say("disable", "crm");
        assertThat(say("enable", "crm", "--resend").out()).contains("1 events that were raised meanwhile are owed");
        await().untilAsserted(() -> assertThat(app.calls).hasSize(before + 2));
        assertThat(twotick.text("select string_agg(outcome, ',') from hook_attempt"))
                .matches("delivered(,delivered)+");
    }

    @Test
    void whatWentWrongIsShownWithWhatWasAnswered() throws Exception {
        twotick.worker();
        say("add", "crm", app.answering(500).url(), "--events", "message.received");
        assertThat(say("failures", "crm").out()).contains("Nothing is known to have gone wrong");
        messageComes();
        await().untilAsserted(() -> assertThat(say("failures", "crm").out())
                .containsPattern(
                        "Z message.received [0-9a-f-]{36}, attempt 1: HTTP 500\\R +\\d+ ms \\(.*\\), 127.0.0.1"));

        JsonNode failure = JsonMapper.shared()
                .readTree(say("failures", "crm", "--json").out())
                .get(0);

        assertThat(failure.get("error_class").asString()).isEqualTo("status");
        assertThat(failure.get("first_byte_ms").isNumber()).isTrue();
        assertThat(say("show", "crm").out()).contains("last failure").contains("attempt 1: HTTP 500");
        assertThat(say("failures", "no-such").code()).isEqualTo(3);
    }

    @Test
    void allThatIsWrongIsSaidAtOnceAndNoSecretRepeated() {
        Said said = say(
                "add",
                "a name",
                "ftp://crm.example/",
                "--events",
                "Message.*",
                "--header",
                "webhook-id: 1",
                "--header",
                "X-Token: geheim\u00e4",
                "--rate",
                "0",
                "--timeout",
                "31s");

        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err())
                .contains("name is not", "url begins with neither", "events are not", "header webhook-id is set by")
                .contains("header X-Token has a value", "rate is not a number", "timeout is not", "30000 ms")
                .doesNotContain("geheim");
        assertThat(twotick.number("select count(*) from hook_endpoint")).isZero();
    }

    @Test
    void scriptsAreToldByTheCode() {
        assertThat(say("show", "crm").code()).isEqualTo(3);
        assertThat(say("add", "crm", "https://crm.example/").code()).isZero();
        Said taken = say("add", "crm", "https://other.example/");
        assertThat(taken.code()).isEqualTo(1);
        assertThat(taken.err()).contains("there is an endpoint of that name");
        assertThat(say("set", "crm").code()).isEqualTo(2);
        assertThat(say(
                                "set",
                                "crm",
                                "--accounts",
                                "1,2",
                                "--concurrency",
                                "4",
                                "--rate",
                                "5",
                                "--timeout",
                                "PT0.5S",
                                "--final",
                                "400,422",
                                "--ordered",
                                "--batch",
                                "100",
                                "--allow-nets",
                                "10.0.0.0/8,fd00::/8")
                        .code())
                .isZero();
        assertThat(say("show", "crm").out())
                .contains("ordered      by conversation", "batch        up to 100 events a call");
        JsonNode list = JsonMapper.shared().readTree(say("list", "--json").out());
        assertThat(list.get(0).toString())
                .contains(
                        "\"accounts\":[\"1\",\"2\"]",
                        "\"concurrency\":4",
                        "\"rate\":5",
                        "\"batch\":100",
                        "\"timeout_ms\":500",
                        "\"final_codes\":[400,422]",
                        "\"ordered\":true",
                        "\"allow_nets\":[\"10.0.0.0/8\",\"fd00:0:0:0:0:0:0:0/8\"]");
        say("set", "crm", "--accounts", "all", "--concurrency", "none", "--rate", "none", "--timeout", "none");
        assertThat(say("set", "crm", "--no-ordered", "--batch", "none", "--allow-nets", "none")
                        .code())
                .isZero();
        assertThat(shown("crm").get("batch").isNull()).isTrue();
        assertThat(say("set", "crm", "--batch", "101").err()).contains("batch is not a number from 1 to 100, nor none");
        assertThat(shown("crm").get("ordered").asBoolean()).isFalse();
        assertThat(shown("crm").get("allow_nets").isEmpty()).isTrue();
        assertThat(say("set", "crm", "--allow-nets", "10.0.0.0/40").err())
                .contains("allowed nets are not address ranges");
        assertThat(shown("crm").get("accounts").isNull()).isTrue();
        assertThat(shown("crm").get("rate").isNull()).isTrue();
        assertThat(say("list").out()).contains("crm", "active", "https://crm.example/");
        assertThat(say("remove", "crm").code()).isZero();
        assertThat(say("remove", "crm").code()).isEqualTo(3);
    }

    @Test
    void whatIsOwedIsNotRemovedUnasked() {
        say("add", "crm", "https://crm.example/");
        twotick.db.execute("insert into hook_delivery (endpoint_id, event_id, event_at, page, place, size,"
                + " next_attempt_at) select id, gen_random_uuid(), now(), 1, 1, 1, now() + interval '1 hour'"
                + " from hook_endpoint, generate_series(1, 3)");

        Said refused = say("remove", "crm");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("is owed 3 calls", "add --yes");
        assertThat(say("remove", "crm", "--yes").out()).contains("with 3 calls");
        assertThat(twotick.number("select count(*) from hook_delivery")).isZero();
    }

    @Test
    void whatARemovalThatDiedLeftAWorkerTakesAway() throws Exception {
        say("add", "crm", "https://crm.example/");
        say("pause", "crm");
        twotick.db.execute("insert into hook_delivery (endpoint_id, event_id, event_at, page, place, size,"
                + " next_attempt_at) select gen_random_uuid(), gen_random_uuid(), now(), 1, 1, 1,"
                + " now() + i * interval '1 hour' from generate_series(0, 3) i");
        twotick.db.execute("insert into hook_delivery (endpoint_id, event_id, event_at, page, place, size,"
                + " next_attempt_at) select id, gen_random_uuid(), now(), 1, 1, 1, now() from hook_endpoint");

        twotick.worker();

        await().untilAsserted(() ->
                assertThat(twotick.number("select count(*) from hook_delivery")).isEqualTo(1));
        assertThat(shown("crm").get("waiting").asInt()).isEqualTo(1);
    }

    @Test
    void whatIsToBeResentTheWorkersSeeTo() throws Exception {
        twotick.worker();
        say("add", "crm", app.url(), "--events", "message.received", "--final", "422");
        app.answering(422);
        messageComes();
        await().untilAsserted(() -> assertThat(shown("crm").get("dead").asInt()).isEqualTo(1));
        String id = app.calls.getFirst().id();
        assertThat(say("dead", "crm").out()).contains(id, "message.received", "HTTP 422");
        assertThat(say("dead", "crm", "--json").out()).contains("\"webhook_id\" : \"" + id);

        app.answering(204);
        Said begun = tellWorker("--resend", "--endpoint", "crm", "--dead", "--no-wait");

        assertThat(begun.code()).isZero();
        await().untilAsserted(() -> assertThat(app.calls).hasSize(2));
        assertThat(app.calls.getLast().id()).isEqualTo(id);
        await().untilAsserted(
                        () -> assertThat(tellWorker("--resend", "--list").out()).contains("crm", "done", "100 %"));
        String number = begun.out().replaceAll("\\D+", " ").strip();
        Said refused = tellWorker("--resend", "--cancel", number);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("resend " + number + " is done");
        JsonNode listed = JsonMapper.shared()
                .readTree(tellWorker("--resend", "--list", "--json").out());
        assertThat(listed.get(0).get("owed").asInt()).isEqualTo(1);
        assertThat(say("dead", "crm").out()).contains("No call of crm was given up");
    }

    @Test
    void anEndpointOfTheEnvironmentShowsAsSuchAndIsChangedThere() throws Exception {
        twotick.environment.put("TWOTICK_HOOK_URL", app.url());
        twotick.environment.put("TWOTICK_HOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        twotick.worker();

        assertThat(shown("environment").get("from").asString()).isEqualTo("environment");
        for (String[] line : new String[][] {
            {"set", "environment", "--url", "https://other.example/"},
            {"rotate", "environment"},
            {"remove", "environment", "--yes"}
        }) {
            Said said = say(line);
            assertThat(said.code()).isEqualTo(1);
            assertThat(said.err()).contains("TWOTICK_HOOK_URL", "change them there");
        }
        assertThat(say("pause", "environment").code()).isZero();
        messageComes();
        assertThat(shown("environment").get("waiting").asInt()).isPositive();
        assertThat(say("resume", "environment").code()).isZero();
        await().untilAsserted(() -> assertThat(app.calls).isNotEmpty());
    }

    @Test
    void aTestIsACallThatSaysWhatCameOfIt() throws Exception {
        String secret = say("add", "crm", app.url()).lastLine();

        Said well = say("test", "crm");
        assertThat(well.code()).isZero();
        assertThat(well.out()).contains("crm: HTTP 204 after");
        verify(secret, app.calls.getFirst());
        assertThat(app.calls.getFirst().body()).contains("\"type\":\"endpoint.test\"");

        app.answering(401);
        Said badly = say("test", "crm");
        assertThat(badly.code()).isEqualTo(1);
        assertThat(badly.out()).contains("HTTP 401");
    }
}
