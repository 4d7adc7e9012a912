package dev.twotick.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.standardwebhooks.Webhook;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.model.settings.AppSecret;
import dev.twotick.queue.AppSecretUses;
import dev.twotick.queue.RedisKeys;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.Command.Said;
import dev.twotick.worker.deliver.Receiver;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Endpoints, calls, accounts and the overview, as pages and through the API, on a worker with all roles.
@WithStores
class ConsoleHooksTest {
    private static final Pattern LINK = Pattern.compile("/sign-in\\?link=([A-Za-z0-9_-]+)");
    private static final Pattern SECRET = Pattern.compile("whsec_[A-Za-z0-9+/=]+");
    private static final Pattern EVENT = Pattern.compile("href=\"(/events/[^\"]+)\"");
    private static final String TOKEN = "a-token-of-a-program-of-the-environment";

    private static WorkerFixture twotick;
    private static final HttpClient client = HttpClient.newHttpClient();
    private static Worker worker;
    private static Receiver app;
    private static Browser ada;
    private static int messages;

    @BeforeAll
    static void start(Stores stores) throws Exception {
        twotick = new WorkerFixture(stores);
        twotick.empty();
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        twotick.environment.put("TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8");
        twotick.environment.put("TWOTICK_API_TOKEN", TOKEN);
        twotick.environment.put("TWOTICK_APP_SECRETS", "app=the app's secret");
        worker = twotick.worker(EnumSet.complementOf(EnumSet.of(Worker.Role.MEDIA)));
        twotick.db.execute("truncate console_user cascade");
        Matcher link = LINK.matcher(
                Command.run(twotick.environment, "user", "add", "ada").out());
        assertThat(link.find()).isTrue();
        ada = new Browser(worker.consolePort());
        ada.post("/sign-in", "link", link.group(1));
    }

    @AfterAll
    static void close() {
        ada.close();
        client.close();
        twotick.close();
    }

    /// The worker goes on, so no wamid comes twice.
    @BeforeEach
    void empty() throws Exception {
        twotick.settle();
        twotick.emptyLogAndHooks();
        if (app != null) {
            app.close();
        }
        app = new Receiver();
    }

    private String add(String name) throws Exception {
        ada.page("/hooks");
        HttpResponse<String> added = ada.post("/hooks", "name", name, "url", app.url(), "events", "message.*");
        Matcher secret = SECRET.matcher(added.body());
        assertThat(secret.find()).as(added.body()).isTrue();
        return secret.group();
    }

    private void messageComes() {
        twotick.receiveText(++messages, "hello");
        twotick.settle();
    }

    private String id(String name) {
        return twotick.text("select id from hook_endpoint where name = '" + name + "'");
    }

    @Test
    void anEndpointThatIsAddedIsCalledAndItsSecretIsShownOnce() throws Exception {
        assertThat(ada.page("/hooks")).contains("Nobody is called yet");
        String secret = add("crm");
        messageComes();
        await().untilAsserted(() -> assertThat(app.calls).hasSize(1));
        Receiver.Call call = app.calls.getFirst();
        new Webhook(secret).verify(call.body(), HttpHeaders.of(Map.copyOf(call.headers()), (_, _) -> true));

        await().until(() -> ada.page("/hooks/crm").contains(call.id()));
        assertThat(ada.page("/hooks/crm")).contains("delivered", "204").doesNotContain("whsec_");
        assertThat(ada.page("/hooks")).contains("/hooks/" + id("crm")).doesNotContain("whsec_");
        Matcher event = EVENT.matcher(ada.page("/hooks/crm"));
        assertThat(event.find()).isTrue();
        assertThat(ada.page(event.group(1))).contains("message.received", "&quot;hello&quot;".replace("&quot;", "\""));
        assertThat(ada.page("/events/" + call.id())).contains("message.received");
        assertThat(ada.page("/audit")).contains("endpoint.add", "crm").doesNotContain("whsec_");
    }

    @Test
    void callsAreMadeAgainInBulkByAFilterWithProgressUntilItIsCanceled() throws Exception {
        add("crm");
        messageComes();
        messageComes();
        await().untilAsserted(() -> assertThat(app.calls).hasSize(2));
        await().until(() -> twotick.number("select count(*) from hook_attempt") == 2);
        assertThat(ada.page("/resends?endpoint=crm&only=delivered"))
                .contains("<option selected>crm", "<option value=\"delivered\" selected>");

        HttpResponse<String> refused = ada.post("/resends", "endpoint", "crm", "only", "delivered", "since", "monday");
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("a time is");
        HttpResponse<String> unknown = ada.post("/resends", "endpoint", "crm", "only", "dying");
        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(unknown.body())
                .contains("calls are dead, failed, missed, delivered or all")
                .doesNotContain("enum");
        assertThat(ada.post("/resends", "endpoint", "crm", "only", "delivered").statusCode())
                .isEqualTo(303);
        await().untilAsserted(() -> assertThat(app.calls).hasSize(4));
        await().until(() -> ada.page("/resends").contains(">done</span>"));
        assertThat(ada.page("/resends")).doesNotContain("hx-get");
        assertThat(ada.page("/audit")).contains("calls.resend");

        assertThat(ada.post("/hooks/" + id("crm") + "/pause").statusCode()).isEqualTo(303);
        twotick.db.execute("insert into hook_resend (endpoint_id, type, event_ids, accounts, outcome, raised_from,"
                + " raised_before, raised_at, rate, rate_used_until) select id, '*', '{}', '{}', 'all', now(), now(),"
                + " now(), 1, now() + interval '1 hour' from hook_endpoint");
        long waits = twotick.number("select max(id) from hook_resend");
        assertThat(ada.page("/resends")).contains("running", "hx-get", "/resends/" + waits + "/cancel");
        assertThat(ada.post("/resends/" + waits + "/cancel").statusCode()).isEqualTo(303);
        assertThat(ada.page("/resends")).contains("canceled", "/resends/" + waits + "/resume");
    }

    @Test
    void aPayloadShowsTheCallsInMetasFormThatItWasMadeInto() throws Exception {
        for (String[] one : List.of(
                new String[] {"bot"}, new String[] {"items", "--one-item"}, new String[] {"some", "--fields", "messages"
                })) {
            List<String> line = new ArrayList<>(List.of("endpoint", "add", one[0], app.url(), "--format", "meta"));
            line.addAll(List.of(one).subList(1, one.length));
            Said said = Command.run(twotick.environment, line.toArray(String[]::new));
            assertThat(said.code()).as(said.err()).isZero();
        }
        String two = "wamid.M" + ++messages;
        PayloadId id = twotick.receive(MetaBodies.messages(
                MetaBodies.NUMBER,
                List.of(MetaBodies.contact("16505551234", "Gr\\u00fc\\u00dfe")),
                List.of(
                        MetaBodies.message("16505551234", two + "a", 1_795_000_000, "\\u00fc \\/"),
                        MetaBodies.message("16505551234", two + "b", 1_795_000_000, "1.10"))));
        messageComes(); // of which nothing is to stand there
        await().until(() -> twotick.number("select count(*) from hook_attempt") == 7);

        String page = ada.page("/payloads/" + id);
        assertThat(page.split("<td>meta\\.item\\.messages</td>", -1)).hasSize(3);
        assertThat(page.split("<td>meta\\.payload\\.messages</td>", -1)).hasSize(3); // two are called for it
        assertThat(page).contains("<td>bot</td>", "<td>items</td>", "<td>some</td>", "message.received");
    }

    @Test
    void aCallIsMadeAgainUnderItsOwnId() throws Exception {
        add("crm");
        messageComes();
        await().untilAsserted(() -> assertThat(app.calls).hasSize(1));
        String id = app.calls.getFirst().id();
        await().until(() -> twotick.number("select count(*) from hook_attempt") == 1);
        ada.page("/events/" + id);
        assertThat(ada.post("/events/" + id + "/resend", "endpoint", "crm").body())
                .contains("It is owed"); // again; or a worker that goes on with it has not committed yet
        await().untilAsserted(() -> assertThat(app.calls).hasSize(2));
        assertThat(app.calls.getLast().id()).isEqualTo(id);
    }

    @Test
    void whatADeadCallWasAnsweredIsShown() throws Exception {
        app.answering(422);
        ada.page("/hooks");
        ada.post("/hooks", "name", "crm", "url", app.url(), "events", "message.*", "final", "422");
        messageComes();
        await().until(() -> ada.page("/hooks/crm?outcome=dead").contains("422"));
        assertThat(ada.page("/hooks/crm?outcome=delivered")).contains("None");
        assertThat(ada.page("/hooks/crm")).contains(">dead<", "HTTP 422");
        assertThat(asked("GET", "/endpoints/crm/dead", "")
                        .get("items")
                        .get(0)
                        .get("last_error")
                        .asString())
                .startsWith("HTTP 422");
        await().untilAsserted(
                        () -> assertThat(ada.page("/overview")).contains("Endpoints to look at", "1 calls are dead"));
    }

    @Test
    void anEndpointIsChangedPausedDisabledEnabledRotatedTestedAndRemoved() throws Exception {
        String first = add("crm");
        ada.page("/hooks/crm");
        assertThat(ada.post("/hooks/crm/pause").statusCode()).isEqualTo(303);
        assertThat(ada.page("/hooks/crm")).contains(">paused<");
        ada.post("/hooks/crm/resume");
        assertThat(ada.page("/hooks/crm")).contains(">active<");
        ada.post("/hooks/crm/disable");
        assertThat(ada.page("/hooks/crm")).contains(">disabled<", "by ada");
        assertThat(ada.post("/hooks/crm/enable").body()).contains("--missed");
        assertThat(ada.post("/hooks/crm/test").body()).contains("HTTP 204");
        assertThat(app.calls).hasSize(1);

        HttpResponse<String> bad = ada.post("/hooks/crm", "name", "crm", "url", "ftp://x", "rate", "many");
        assertThat(bad.statusCode()).isEqualTo(400);
        assertThat(bad.body()).contains("url", "rate is not a number").contains("value=\"many\"");
        assertThat(ada.post("/hooks/crm", "name", "shop", "url", app.url(), "rate", "5")
                        .statusCode())
                .isEqualTo(303);
        assertThat(ada.page("/hooks/shop")).contains("value=\"5\"");

        Matcher next =
                SECRET.matcher(ada.post("/hooks/shop/rotate", "grace", "1h").body());
        assertThat(next.find()).isTrue();
        assertThat(next.group()).isNotEqualTo(first);

        Command.run(twotick.environment, "endpoint", "pause", "shop");
        assertThat(twotick.db
                        .resultQuery("select action from audit_log where actor = 'command' and subject = 'shop'")
                        .fetch(0, String.class))
                .containsExactly("endpoint.pause");

        assertThat(ada.post("/hooks/shop/remove", "name", "crm").statusCode()).isEqualTo(400);
        assertThat(ada.post("/hooks/shop/remove", "name", "shop").statusCode()).isEqualTo(303);
        assertThat(ada.get("/hooks/shop").statusCode()).isEqualTo(404);
        assertThat(ada.get("/hooks/shop").body()).contains("no endpoint is called shop");
    }

    @Test
    void anEndpointOfMetasFormatIsChangedWithoutItsFields() throws Exception {
        Said added = Command.run(
                twotick.environment, "endpoint", "add", "bot", app.url(), "--format", "meta", "--fields", "calls");
        assertThat(added.code()).as(added.err()).isZero();
        assertThat(ada.page("/hooks/bot")).contains("calls").doesNotContain("name=\"events\"");
        assertThat(ada.post("/hooks/bot", "name", "bot", "url", app.url(), "rate", "5")
                        .statusCode())
                .isEqualTo(303);
        assertThat(Command.run(twotick.environment, "endpoint", "show", "bot", "--json")
                        .out())
                .contains("\"calls\"", "\"rate\" : 5");
    }

    @Test
    void aTakenNameIsSaidBesideWhatWasTyped() throws Exception {
        add("crm");
        HttpResponse<String> again = ada.post("/hooks", "name", "crm", "url", app.url(), "description", "typed here");
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(again.body()).contains("there is an endpoint of that name", "typed here");
    }

    @Test
    void attemptsOfOneInstantArePagedByKeyEachOnce() throws Exception {
        add("crm");
        twotick.db.execute("""
            insert into hook_attempt (endpoint_id, event_id, event_at, attempt, started_at, duration_ms, outcome)
            select (select id from hook_endpoint), gen_random_uuid(), now(), 1, now(), 5, 'delivered'
            from generate_series(1, 120)
            """);
        int seen = 0;
        String path = "/hooks/crm";
        for (int pages = 0; pages < 4; pages++) {
            String page = ada.page(path);
            seen += (int) EVENT.matcher(page).results().count();
            Matcher older =
                    Pattern.compile("href=\"(/hooks/[^\"]*before=[^\"]+)\"").matcher(page);
            if (!older.find()) {
                break;
            }
            path = older.group(1).replace("&amp;", "&");
        }
        assertThat(seen).isEqualTo(120);
    }

    @Test
    void accountsAreShownWithWhatArrivedAndChanged() throws Exception {
        twotick.db.execute("truncate account cascade");
        assertThat(ada.page("/accounts")).contains("None yet");
        messageComes();
        assertThat(ada.page("/accounts")).contains(MetaBodies.NUMBER, "15550783881", "added itself");
        String path = "/accounts/" + MetaBodies.NUMBER;
        assertThat(ada.page(path)).contains("messages", "that of TWOTICK_VERIFY_TOKEN");
        ada.post(path, "name", "Shop", "token", "a-token-nobody-sees", "active", "on");
        assertThat(ada.page(path)).contains("Shop", "one of its own").doesNotContain("a-token-nobody-sees");
        assertThat(twotick.text("select verify_token from account")).isEqualTo("a-token-nobody-sees");
        ada.post(path, "name", "Shop", "without_token", "on");
        assertThat(twotick.text("select concat(verify_token, active) from account"))
                .isEqualTo("f");
        ada.post("/accounts", "number", "123");
        assertThat(ada.page("/accounts/123")).contains("not heard of yet", "none yet");
        assertThat(ada.post("/accounts", "number", "<b>").statusCode()).isEqualTo(400);
    }

    @Test
    void appSecretsAreShownWithTheirLastUse() throws Exception {
        twotick.redis.del("twotick:app-secrets");
        assertThat(ada.page("/accounts")).contains("has told of any");
        AppSecret old = new AppSecret("shop", "a secret before");
        AppSecret next = new AppSecret("shop", "a secret after");
        AppSecretUses uses = new AppSecretUses(twotick.partition);
        uses.say(Map.of(old, Instant.parse("2026-11-21T12:00:00Z"), next, Instant.EPOCH)); // an ingest
        uses.say(Map.of(old, Instant.parse("2026-11-21T11:00:00Z"), next, Instant.EPOCH)); // another one
        assertThat(ada.page("/accounts"))
                .contains(old.fingerprint(), "2026-11-21T12:00:00Z", next.fingerprint(), "not since then")
                .doesNotContain("2026-11-21T11:00:00Z", "no longer, last", old.secret(), next.secret());

        String field = old.fingerprint() + " shop";
        String listedLongAgo =
                twotick.redis.hget("twotick:app-secrets", field).replaceFirst(" \\d+ ", " 1796000000000 ");
        twotick.redis.hset("twotick:app-secrets", field, listedLongAgo);
        uses.say(Map.of(next, Instant.parse("2026-11-22T12:00:00Z")));
        assertThat(ada.page("/accounts"))
                .contains("2026-11-21T12:00:00Z", "no longer, last", "2026-11-22T12:00:00Z")
                .doesNotContain("not since then");

        twotick.redis.hset(
                "twotick:app-secrets", field, listedLongAgo.replaceFirst(" 1796000000000 ", " 1700000000000 "));
        uses.say(Map.of(next, Instant.EPOCH)); // who says it takes away what was long gone
        assertThat(ada.page("/accounts")).contains("2026-11-22T12:00:00Z").doesNotContain(old.fingerprint());
    }

    @Test
    void anAccountGetsAnotherVerifyTokenAndSaysWhetherMetaCameWithIt() throws Exception {
        twotick.db.execute("truncate account, handshake cascade");
        Said added = Command.run(twotick.environment, "account", "add", "4711");
        assertThat(added.code()).as(added.err()).isZero();
        String path = "/accounts/4711";
        assertThat(ada.page(path)).contains("<code>/webhook</code>", "has not come with this token yet");
        twotick.db.execute("insert into handshake values ('', '2026-11-21T12:00:00Z')");
        assertThat(ada.page(path)).contains("came with this token", "2026-11-21T12:00:00Z");

        String page = ada.post(path + "/rotate").body();
        String token = twotick.text("select verify_token from account");
        assertThat(page).contains(token, "has not come with this token yet");
        assertThat(ada.page(path)).doesNotContain(token).contains("one of its own");
        twotick.db.execute(
                "insert into handshake select sha256(verify_token::bytea), '2026-11-22T12:00:00Z' from account");
        assertThat(ada.page(path)).contains("2026-11-22T12:00:00Z");

        Said rotated = Command.run(twotick.environment, "account", "rotate", "4711");
        assertThat(rotated.out())
                .contains(twotick.text("select verify_token from account"))
                .doesNotContain(token);
        assertThat(Command.run(twotick.environment, "account", "set", "4711", "--name", "Shop", "--active", "false")
                        .code())
                .isZero();
        assertThat(Command.run(twotick.environment, "account", "list").out())
                .contains("4711", "disabled", "never", "Shop");
        assertThat(Command.run(twotick.environment, "account", "show", "4711").out())
                .contains("one of its own", "has not come");
        assertThat(Command.run(twotick.environment, "account", "set", "4712", "--name", "x")
                        .err())
                .contains("there is no account 4712");
        assertThat(ada.page("/audit")).contains("account.rotate", "account.add", "account.set");
        assertThat(ada.post("/accounts/4712/rotate").statusCode()).isEqualTo(404);
    }

    @Test
    void theOverviewCountsWhatCameAndNamesWhatFailed() throws Exception {
        messageComes();
        twotick.receive("no JSON".getBytes(UTF_8));
        twotick.settle();
        await().untilAsserted(() -> assertThat(ada.page("/overview"))
                .contains("Payloads by minute in the last hour: 2 payloads", "Payloads that failed", "not JSON")
                .contains("the stream is empty")
                .doesNotContain("No worker reads the stream"));
    }

    @Test
    void theOverviewNamesWhoWorksAndWhatWasRefusedLast() throws Exception {
        String now = String.valueOf(System.currentTimeMillis());
        twotick.redis.hset(RedisKeys.ALONE.refused(), Map.of("401", now + " no header", "413", "1 body too long"));
        await().untilAsserted(() -> assertThat(ada.page("/overview").replaceAll("<[^>]*>", ""))
                .containsPattern("Workers alive1" + "1 × consume, deliver, console \\(")
                .containsPattern("(?s)401 signature: no header.*413 body too long"));
        try (Worker _ = twotick.worker(EnumSet.of(Worker.Role.DELIVER))) {
            await().untilAsserted(() -> assertThat(ada.page("/overview").replaceAll("<[^>]*>", ""))
                    .contains("Workers alive2", "1 × deliver ("));
        }
        await().untilAsserted(() -> assertThat(ada.page("/overview").replaceAll("<[^>]*>", ""))
                .contains("Workers alive1")
                .doesNotContain("1 × deliver ("));
    }

    private HttpResponse<String> api(String token, String method, String path, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + worker.consolePort() + "/api/v1" + path))
                .method(method, BodyPublishers.ofString(body));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private JsonNode asked(String method, String path, String body) throws Exception {
        HttpResponse<String> answer = api(TOKEN, method, path, body);
        assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
        return JsonMapper.shared().readTree(answer.body());
    }

    @Test
    void aProgramDoesByTokenWhatPeopleDoByPages() throws Exception {
        assertThat(asked(
                                "POST",
                                "/endpoints",
                                "{\"name\":\"crm\",\"url\":\"" + app.url()
                                        + "\",\"events\":[\"message.*\"],\"final_codes\":[\"422\"]}")
                        .get("secret")
                        .asString())
                .startsWith("whsec_");
        messageComes();
        await().untilAsserted(() -> assertThat(app.calls).hasSize(1));
        await().until(() -> twotick.number("select count(*) from hook_attempt") == 1);
        JsonNode payload =
                asked("GET", "/payloads?q=wamid.W" + messages, "").get("items").get(0);
        assertThat(payload.get("state").asString()).isEqualTo("processed");
        JsonNode detail = asked("GET", "/payloads/" + payload.get("id").asString(), "");
        assertThat(detail.get("events").findValuesAsString("state")).contains("delivered");
        String event = app.calls.getFirst().id();
        JsonNode raised = asked("GET", "/hook-events/" + event, "");
        assertThat(raised.get("body").asString()).isEqualTo(app.calls.getFirst().body());
        JsonNode resent = asked("POST", "/hook-events/" + event + "/resend?endpoint=crm", "");
        assertThat(resent.get("owed").asInt() == 1 || resent.get("waits").asBoolean())
                .as("%s", resent)
                .isTrue();
        await().untilAsserted(() -> assertThat(app.calls).hasSize(2));

        JsonNode replay = asked("POST", "/payloads/" + payload.get("id").asString() + "/replay", "");
        await().until(() -> asked("GET", "/replays/" + replay.get("id").asString(), "")
                .get("over")
                .asBoolean());
        assertThat(asked("PATCH", "/endpoints/crm", "{\"rate\":\"5\"}")
                        .get("rate")
                        .asInt())
                .isEqualTo(5);
        assertThat(asked("POST", "/endpoints/crm/pause", "").get("state").asString())
                .isEqualTo("paused");
        assertThat(asked("DELETE", "/endpoints/crm?with_calls=true", "").has("calls"))
                .isTrue();
        assertThat(twotick.db
                        .resultQuery("select distinct actor from audit_log where action <> 'user.add'")
                        .fetch(0, String.class))
                .containsExactly("token:environment");
    }

    @Test
    void aProgramTriesAnEndpointAndHearsWhatItAnswered() throws Exception {
        add("crm");
        app.answering(422, "no such customer");
        JsonNode refused = asked("POST", "/endpoints/crm/test", "");
        assertThat(refused.get("delivered").asBoolean()).isFalse();
        assertThat(refused.get("status_code").asInt()).isEqualTo(422);
        assertThat(refused.get("error").asString()).startsWith("HTTP 422");
        assertThat(refused.get("trace").get("answer").asString()).isEqualTo("no such customer");
        assertThat(refused.get("webhook_id").asString())
                .isEqualTo(app.calls.getFirst().id());
        app.answering(204);
        JsonNode taken = asked("POST", "/endpoints/crm/test", "");
        assertThat(taken.get("delivered").asBoolean()).isTrue();
        assertThat(taken.get("error").isNull()).isTrue();
        app.close();
        JsonNode away = asked("POST", "/endpoints/crm/test", "");
        assertThat(away.get("status_code").isNull()).isTrue();
        assertThat(away.get("error").asString()).isNotBlank();

        assertThat(app.calls).hasSize(2);
        assertThat(twotick.number("select (select count(*) from hook_attempt) + (select count(*) from hook_event)"))
                .isZero();
        assertThat(twotick.db
                        .resultQuery("select actor || ' ' || subject from audit_log where action = 'endpoint.test'")
                        .fetch(0, String.class))
                .containsExactly("token:environment crm", "token:environment crm", "token:environment crm");
        problem(api(TOKEN, "POST", "/endpoints/nobody/test", ""), 404);
    }

    @Test
    void aProgramMakesCallsAgainInBulkByAFilterUntilItCancels() throws Exception {
        add("crm");
        messageComes();
        await().untilAsserted(() -> assertThat(app.calls).hasSize(1));
        messageComes();
        await().untilAsserted(() -> assertThat(app.calls).hasSize(2));
        await().until(() -> twotick.number("select count(*) from hook_attempt") == 2);
        for (String bad : List.of(
                "{\"only\":\"delivered\"}",
                "{\"endpoint\":\"crm\",\"only\":\"dying\"}",
                "{\"endpoint\":\"crm\",\"only\":\"delivered\",\"sinse\":\"1h\"}",
                "{\"endpoint\":\"crm\",\"only\":\"delivered\",\"since\":\"monday\"}",
                "{\"endpoint\":\"crm\",\"only\":\"delivered\",\"rate\":0}",
                "{\"endpoint\":\"crm\",\"only\":\"delivered\",\"type\":\"a b\"}",
                "{\"endpoint\":\"crm\",\"only\":\"delivered\",\"conversation\":0}",
                "{\"endpoint\":\"nobody\"}")) {
            problem(api(TOKEN, "POST", "/resends", bad), 400);
        }
        assertThat(asked("GET", "/resends", "").get("items")).isEmpty();

        String one = "{\"endpoint\":\"crm\",\"only\":\"delivered\",\"conversation\":"
                + twotick.number("select max(id) from conversation") + ",\"accounts\":[\"" + MetaBodies.NUMBER + "\"]}";
        HttpResponse<String> begun = api(TOKEN, "POST", "/resends", one);
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
        String path = begun.headers().firstValue("Location").orElseThrow().replaceFirst("^/api/v1", "");
        await().until(() -> asked("GET", path, "").get("state").asString().equals("done"));
        JsonNode done = asked("GET", path, "");
        assertThat(done.get("owed").asInt()).isOne();
        assertThat(done.get("only").asString()).isEqualTo("delivered");
        await().untilAsserted(() -> assertThat(app.calls).hasSize(3));
        assertThat(app.calls.getLast().id()).isEqualTo(app.calls.get(1).id());
        assertThat(asked("GET", "/resends", "").get("items")).containsExactly(done);
        problem(api(TOKEN, "DELETE", path, ""), 409);
        problem(api(TOKEN, "POST", path + "/resume", ""), 409);

        twotick.db.execute("update hook_resend set state = 'running', finished_at = null, rate = 1,"
                + " rate_used_until = now() + interval '1 hour'");
        assertThat(asked("DELETE", path, "").get("state").asString()).isEqualTo("canceled");
        assertThat(asked("POST", path + "/resume", "").get("state").asString()).isEqualTo("running");
        assertThat(ada.page("/resends")).contains("running", path + "/cancel");
        assertThat(twotick.db
                        .resultQuery("select action from audit_log where actor = 'token:environment' order by id")
                        .fetch(0, String.class))
                .contains("calls.resend")
                .endsWith("resend.cancel", "resend.resume", "resend.cancel", "resend.resume");
        problem(api(TOKEN, "GET", "/resends/0", ""), 404);
        problem(api(TOKEN, "DELETE", "/resends/0", ""), 404);
    }

    @Test
    void listsOfResendsAndOfTheAuditLogGoOnPageByPage() throws Exception {
        add("crm");
        twotick.db.execute("insert into hook_resend (endpoint_id, type, event_ids, accounts, outcome, raised_from,"
                + " raised_before, raised_at, state) select id, '*', '{}', '{}', 'all', now(), now(), now(), 'done'"
                + " from hook_endpoint, generate_series(1, 250)");
        twotick.db.execute("insert into audit_log (actor, action, subject) select 'user:ada', 'payload.replay', n::text"
                + " from generate_series(1, 250) n");
        assertThat(listed("/resends"))
                .containsExactlyElementsOf(ids("hook_resend"))
                .hasSize(250);
        assertThat(listed("/audit")).containsExactlyElementsOf(ids("audit_log")).hasSize(251);
        assertThat(asked("GET", "/audit", "").get("items").get(0).get("subject").asString())
                .isEqualTo("250");
    }

    private static List<Long> ids(String table) {
        return twotick.db
                .resultQuery("select id from " + table + " order by id desc")
                .fetch(0, Long.class);
    }

    private List<Long> listed(String path) throws Exception {
        List<Long> ids = new ArrayList<>();
        JsonNode page = asked("GET", path, "");
        page.get("items").forEach(item -> ids.add(item.get("id").asLong()));
        while (!page.get("next").isNull()) {
            page = asked("GET", path + "?before=" + page.get("next").asString(), "");
            page.get("items").forEach(item -> ids.add(item.get("id").asLong()));
        }
        return ids;
    }

    @Test
    void whatAProgramMayNotOrCannotDoIsAProblem() throws Exception {
        String read = Command.run(twotick.environment, "token", "add", "looker", "--scope", "read")
                .out()
                .lines()
                .toList()
                .getLast();
        try {
            problem(api("", "GET", "/payloads", ""), 401);
            problem(api("unknown-token-unknown-token-unknown", "GET", "/payloads", ""), 401);
            assertThat(api(read, "GET", "/payloads", "").statusCode()).isEqualTo(200);
            problem(api(read, "POST", "/endpoints", "{}"), 403);
            problem(api(TOKEN, "POST", "/endpoints", "{}"), 400);
            problem(api(TOKEN, "POST", "/endpoints", "not JSON"), 400);
            problem(api(TOKEN, "GET", "/endpoints/nobody", ""), 404);
            problem(api(TOKEN, "GET", "/payloads/019a3c5e-0b80-7c3a-9f53-8a1b2c3d4e5f", ""), 404);
            problem(api(TOKEN, "GET", "/payloads?since=yesterday", ""), 400);
            problem(api(TOKEN, "GET", "/nowhere", ""), 404);
        } finally {
            assertThat(Command.run(twotick.environment, "token", "remove", "looker")
                            .code())
                    .isZero();
        }
        problem(api(read, "GET", "/payloads", ""), 401);
    }

    private static void problem(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        assertThat(JsonMapper.shared().readTree(answer.body()).get("status").asInt())
                .isEqualTo(status);
    }
}
