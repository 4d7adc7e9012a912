package dev.twotick.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.deliver.Receiver;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The console as a browser meets it: a worker with all roles, and pages over HTTP.
@WithStores
class ConsoleTest {
    private static final Pattern LINK = Pattern.compile("/sign-in\\?link=([A-Za-z0-9_-]+)");
    private static final Pattern PAYLOAD = Pattern.compile("href=\"/payloads/([0-9a-f-]{36})\"");
    private static final Pattern OLDER = Pattern.compile("href=\"(/payloads\\?[^\"]*before=[^\"]+)\"");

    private static WorkerFixture twotick;
    private static Worker worker;
    private static Receiver app;
    private static int messages;

    @BeforeAll
    static void start(Stores stores) throws Exception {
        twotick = new WorkerFixture(stores);
        twotick.empty();
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        twotick.environment.put("TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8");
        worker = twotick.worker(EnumSet.complementOf(EnumSet.of(Worker.Role.MEDIA)));
        app = new Receiver();
    }

    @AfterAll
    static void close() {
        twotick.close();
        app.close();
    }

    /// The worker goes on, so no wamid comes twice.
    @BeforeEach
    void empty() {
        twotick.settle();
        twotick.emptyLogAndHooks();
        twotick.db.execute("delete from console_user");
    }

    private PayloadId messageComes(String text) {
        return twotick.receiveText(++messages, text);
    }

    private Browser browser() {
        return new Browser(worker.consolePort());
    }

    /// What `worker user …` says.
    private Command.Said user(String... arguments) {
        List<String> all = new ArrayList<>(List.of("user"));
        all.addAll(List.of(arguments));
        return Command.run(twotick.environment, all.toArray(String[]::new));
    }

    private String link(Command.Said said) {
        Matcher link = LINK.matcher(said.out());
        assertThat(link.find()).as(said.toString()).isTrue();
        return link.group(1);
    }

    /// Signed in as a new user of that scope.
    private Browser signedIn(String name, String scope) throws Exception {
        Browser browser = browser();
        HttpResponse<String> answer = browser.post("/sign-in", "link", link(user("add", name, "--scope", scope)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
        return browser;
    }

    @Test
    void aLinkSignsInOnceByItsButtonAndWhatIsThereIsShown() throws Exception {
        String link = link(user("add", "ada"));
        PayloadId id = messageComes("hello");
        try (Browser browser = browser()) {
            assertThat(browser.get("/payloads").headers().firstValue("Location"))
                    .hasValue("/sign-in?to=%2Fpayloads");
            assertThat(browser.page("/sign-in?link=" + link)).contains("This link signs you in, once");
            assertThat(browser.page("/sign-in?link=" + link)).contains("This link signs you in, once");
            HttpResponse<String> answer = browser.post("/sign-in", "link", link);
            assertThat(answer.statusCode()).isEqualTo(303);
            assertThat(answer.headers().firstValue("Set-Cookie").orElseThrow())
                    .startsWith("__Host-twotick=")
                    .contains("Path=/", "Secure", "HttpOnly", "SameSite=Strict")
                    .doesNotContain("Domain");
            assertThat(browser.page("/payloads")).contains("/payloads/" + id, "ada");
        }
        try (Browser other = browser()) {
            HttpResponse<String> answer = other.post("/sign-in", "link", link);
            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(answer.body()).contains("This link was used");
            assertThat(other.get("/payloads").statusCode()).isEqualTo(303);
        }
    }

    @Test
    void theLinkOfTheEnvironmentSignsTheOperatorInOnceHoweverOftenTheConsoleStarts() throws Exception {
        String token = "a-link-that-was-made-by-the-one-who-starts-it";
        twotick.environment.put("TWOTICK_CONSOLE_SIGN_IN", token);
        try (Worker one = twotick.worker(EnumSet.of(Worker.Role.CONSOLE));
                Browser browser = new Browser(one.consolePort())) {
            assertThat(browser.post("/sign-in", "link", token).statusCode()).isEqualTo(303);
            assertThat(browser.page("/payloads")).contains("operator");
        }
        try (Worker again = twotick.worker(EnumSet.of(Worker.Role.CONSOLE));
                Browser browser = new Browser(again.consolePort())) {
            assertThat(browser.post("/sign-in", "link", token).statusCode()).isEqualTo(403);
        } finally {
            twotick.environment.remove("TWOTICK_CONSOLE_SIGN_IN");
        }
    }

    @Test
    void aPasswordSignsInUntilItIsTriedTooOften() throws Exception {
        try (Browser ada = signedIn("ada", "write");
                Browser stranger = browser()) {
            ada.page("/password");
            assertThat(ada.post("/password", "password", "short", "again", "short")
                            .statusCode())
                    .isEqualTo(400);
            assertThat(ada.post("/password", "password", "correct horse battery", "again", "correct horse battery")
                            .body())
                    .contains("It is chosen");
            assertThat(twotick.text("select password from console_user")).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");

            HttpResponse<String> in =
                    stranger.post("/sign-in", "name", "Ada", "password", "correct horse battery", "to", "/audit");
            assertThat(in.statusCode()).isEqualTo(303);
            assertThat(in.headers().firstValue("Location")).hasValue("/audit");
            assertThat(stranger.page("/audit"))
                    .contains("user:ada", "user.password", "user.sign_in_by_link", "command");

            HttpResponse<String> last = stranger.post("/sign-in", "name", "ada", "password", "wrong");
            assertThat(last.statusCode()).isEqualTo(403);
            for (int tries = 0; tries < 20 && last.statusCode() == 403; tries++) {
                last = stranger.post("/sign-in", "name", "ada", "password", "wrong");
            }
            assertThat(last.statusCode()).isEqualTo(429);
            assertThat(last.headers().firstValue("Retry-After")).isPresent();
        }
    }

    @Test
    void anotherHostIsNoPlaceToGoAfterSigningIn() throws Exception {
        for (String to : List.of("//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)")) {
            try (Browser browser = browser()) {
                String link = link(user("add", "ada" + to.hashCode()));
                assertThat(browser.post("/sign-in", "link", link, "to", to)
                                .headers()
                                .firstValue("Location"))
                        .hasValue("/");
            }
        }
    }

    @Test
    void whoHasNotSignedInSeesAndChangesNothing() throws Exception {
        PayloadId id = messageComes("hello");
        try (Browser stranger = browser()) {
            for (String path : List.of(
                    "/",
                    "/payloads",
                    "/payloads/" + id,
                    "/payloads/" + id + "/body",
                    "/replays/1",
                    "/audit",
                    "/password")) {
                HttpResponse<String> answer = stranger.get(path);
                assertThat(answer.statusCode()).as(path).isEqualTo(303);
                assertThat(answer.body()).as(path).isEmpty();
            }
            for (String path : List.of("/payloads/replay", "/payloads/" + id + "/replay", "/password", "/sign-out")) {
                assertThat(stranger.post(path).statusCode()).as(path).isEqualTo(303);
            }
        }
        assertThat(twotick.number("select count(*) from audit_log")).isZero();
    }

    @Test
    void aChangeThatIsNotAskedForByAPageOfOursIsRefused() throws Exception {
        PayloadId id = messageComes("hello");
        twotick.settle();
        String path = "/payloads/" + id + "/replay";
        try (Browser ada = signedIn("ada", "write")) {
            ada.page("/payloads/" + id);
            assertThat(ada.postAlone(path, List.of()).statusCode()).isEqualTo(403);
            assertThat(ada.postAlone(path, List.of(), "csrf", "guessed").statusCode())
                    .isEqualTo(403);
            for (List<String> elsewhere : List.of(
                    List.of("Sec-Fetch-Site", "cross-site"),
                    List.of("Sec-Fetch-Site", "same-site"),
                    List.of("Origin", "https://evil.example"),
                    List.of("Origin", "null"))) {
                assertThat(ada.postAlone(path, elsewhere, "csrf", ada.csrf()).statusCode())
                        .as("%s", elsewhere)
                        .isEqualTo(403);
            }
            assertThat(twotick.number("select count(*) from payload_outcome")).isOne();
            assertThat(ada.post(path).statusCode()).isEqualTo(303);
            assertThat(twotick.number("select count(*) from payload_outcome")).isEqualTo(2);
        }
    }

    @Test
    void whoOnlyReadsIsShownNoButtonAndMayPressNone() throws Exception {
        PayloadId id = messageComes("hello");
        twotick.settle();
        try (Browser bob = signedIn("bob", "read")) {
            assertThat(bob.page("/payloads/" + id)).doesNotContain("/replay\"");
            assertThat(bob.page("/payloads")).doesNotContain("/replay\"");
            HttpResponse<String> answer = bob.post("/payloads/" + id + "/replay");
            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(answer.body()).contains("scope read");
            assertThat(twotick.number("select count(*) from payload_outcome")).isOne();
        }
    }

    @Test
    void whoIsSignedOutOrRemovedSeesNothingMore() throws Exception {
        try (Browser ada = signedIn("ada", "write");
                Browser bob = signedIn("bob", "write")) {
            ada.page("/payloads");
            assertThat(ada.post("/sign-out").statusCode()).isEqualTo(303);
            assertThat(ada.get("/payloads").statusCode()).isEqualTo(303);
            bob.page("/payloads");
            assertThat(user("remove", "bob").code()).isZero();
            assertThat(bob.get("/payloads").statusCode()).isEqualTo(303);
            assertThat(user("remove", "bob").code()).isEqualTo(1);
        }
    }

    @Test
    void aPayloadIsFoundByWhatStandsInItAndShowsAllThatBecameOfIt() throws Exception {
        assertThat(Command.run(twotick.environment, "endpoint", "add", "app", app.url(), "--events", "message.*")
                        .code())
                .isZero();
        PayloadId id = messageComes("Grüße <b>1.10</b>");
        int ours = messages;
        messageComes("another");
        twotick.settle();
        await().until(() -> twotick.number("select count(*) from hook_attempt") == 2);
        try (Browser ada = signedIn("ada", "write")) {
            String number = String.valueOf(1000 + ours);
            String trace = id.toString().replace("-", "");
            for (String wanted :
                    List.of("wamid.W" + ours, "1650556" + number, "%2B1+650+556-" + number, id.toString(), trace)) {
                assertThat(payloads(ada.page("/payloads?q=" + wanted)))
                        .as(wanted)
                        .containsExactly(id.toString());
            }
            assertThat(ada.page("/payloads?q=wamid.Nobody")).contains("Nothing is known of that");
            assertThat(ada.page("/payloads/" + id))
                    .contains("Grüße &lt;b&gt;1.10&lt;/b&gt;")
                    .contains("message.received", "contact.created", "no endpoint wanted it", "delivered", "204")
                    .contains(trace)
                    .doesNotContain("<b>1.10");
            HttpResponse<String> body = ada.get("/payloads/" + id + "/body");
            assertThat(body.body())
                    .isEqualTo(twotick.text(
                            "select convert_from(body, 'UTF8') from payload_log" + " where id = '" + id + "'"));
            assertThat(body.headers().firstValue("Content-Disposition").orElseThrow())
                    .startsWith("attachment");
        }
    }

    @Test
    void whatIsReplayedAgainIsADuplicateAndSaysSo() throws Exception {
        PayloadId id = messageComes("hello");
        twotick.settle();
        try (Browser ada = signedIn("ada", "write")) {
            ada.page("/payloads/" + id);
            assertThat(ada.post("/payloads/" + id + "/replay").headers().firstValue("Location"))
                    .hasValue("/payloads/" + id);
            assertThat(ada.page("/payloads/" + id)).contains("Nothing in it was new", "/payloads?q=wamid.W" + messages);
            assertThat(payloads(ada.page("/payloads?state=duplicate"))).containsExactly(id.toString());
            assertThat(ada.page("/audit")).contains("payload.replay", id.toString());
        }
    }

    @Test
    void allThatAFilterChoosesIsReplayedWithProgress() throws Exception {
        List<PayloadId> failed =
                List.of(twotick.receive("no JSON".getBytes(UTF_8)), twotick.receive("{".getBytes(UTF_8)));
        messageComes("hello");
        twotick.settle();
        try (Browser ada = signedIn("ada", "write")) {
            assertThat(payloads(ada.page("/payloads?state=failed")))
                    .containsExactlyInAnyOrderElementsOf(
                            failed.stream().map(PayloadId::toString).toList());
            HttpResponse<String> begun = ada.post("/payloads/replay", "state", "failed");
            String run = begun.headers().firstValue("Location").orElseThrow();
            await().until(() -> ada.page(run).contains("Done."));
            assertThat(ada.page(run)).contains("2 of 2 payloads", "2 failed").doesNotContain("hx-get");
            assertThat(twotick.number("select count(*) from payload_outcome")).isEqualTo(5);
        }
    }

    @Test
    void aListPagesByKeyAndShowsEachOnce() throws Exception {
        log(120);
        try (Browser ada = signedIn("ada", "write")) {
            Set<String> seen = new LinkedHashSet<>();
            String path = "/payloads";
            int pages = 0;
            while (path != null) {
                String page = ada.page(path);
                List<String> ids = payloads(page);
                assertThat(seen).doesNotContainAnyElementsOf(ids);
                seen.addAll(ids);
                Matcher older = OLDER.matcher(page);
                path = older.find() ? older.group(1).replace("&amp;", "&") : null;
                pages++;
            }
            assertThat(pages).isEqualTo(3);
            assertThat(seen)
                    .containsExactlyElementsOf(twotick.db
                            .resultQuery("select id::text from payload_log order by id desc")
                            .fetch(0, String.class));
        }
    }

    /// However rare it is, a page looks at so many rows and no more.
    @Test
    void aPageThatFindsNoneSaysHowFarItLookedAndTheNextGoesOn() throws Exception {
        PayloadId first = twotick.receive("no JSON".getBytes(UTF_8));
        twotick.settle();
        await().until(() -> Instant.now().isAfter(first.time().plusMillis(1)));
        log(10_020);
        try (Browser ada = signedIn("ada", "write")) {
            String page = ada.page("/payloads?state=failed");
            assertThat(page).contains("None among those that were looked at", "So far back was looked");
            Matcher older = OLDER.matcher(page);
            assertThat(older.find()).isTrue();
            assertThat(payloads(ada.page(older.group(1).replace("&amp;", "&")))).containsExactly(first.toString());
        }
    }

    @Test
    void aBadFilterIsSaid() throws Exception {
        try (Browser ada = signedIn("ada", "write")) {
            HttpResponse<String> answer = ada.get("/payloads?since=yesterday");
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("a time is 2026-11-21T10:15:00Z");
            assertThat(ada.get("/payloads/not-an-id").statusCode()).isEqualTo(404);
            assertThat(ada.get("/nowhere").statusCode()).isEqualTo(404);
        }
    }

    /// Of what a page shows in an attribute a quotation mark would begin another.
    @Test
    void whatIsAskedForStaysInItsAttribute() throws Exception {
        String hostile = URLEncoder.encode("\" hostile onfocus=\"alert(1)", UTF_8);
        try (Browser ada = signedIn("ada", "write")) {
            for (String path : List.of("/payloads?q=", "/payloads?account=", "/conversations?q=", "/contacts?q=")) {
                assertThat(ada.get(path + hostile).body())
                        .as(path)
                        .contains("&#34; hostile onfocus=&#34;alert(1)")
                        .doesNotContain("\" hostile", "onfocus=\"");
            }
        }
    }

    @Test
    void whatSomebodyWroteStaysTextAndNoPageRunsAScriptOfItsOwn() throws Exception {
        String hostile = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\u202e'\"";
        PayloadId id = messageComes(hostile.replace("\"", "\\\""));
        twotick.settle();
        try (Browser ada = signedIn("ada", "write")) {
            for (String path : List.of("/payloads/" + id, "/payloads", "/payloads?q=%3Cscript%3E", "/audit")) {
                HttpResponse<String> answer = ada.get(path);
                assertThat(answer.body())
                        .doesNotContain("<script>", "<img", "onerror=alert(1)>")
                        .doesNotContainPattern("<script(?![^>]* src=\"/assets/)")
                        .doesNotContainPattern("<[^>]+ (style|on[a-z]+)=");
                assertThat(answer.headers()
                                .firstValue("Content-Security-Policy")
                                .orElseThrow())
                        .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                        .doesNotContain("unsafe");
                assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
                assertThat(answer.headers().firstValue("X-Content-Type-Options"))
                        .hasValue("nosniff");
            }
        }
    }

    @Test
    void assetsAreKeptByBrowsersAndNamedByWhatTheyHold() throws Exception {
        try (Browser browser = browser()) {
            Matcher asset = Pattern.compile("\"(/assets/[0-9a-f]+/[a-z.]+)\"").matcher(browser.page("/sign-in"));
            int found = 0;
            while (asset.find()) {
                HttpResponse<String> answer = browser.get(asset.group(1));
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.headers().firstValue("Cache-Control").orElseThrow())
                        .contains("immutable");
                found++;
            }
            assertThat(found).isEqualTo(5);
            assertThat(browser.get("/assets/0/console.java").statusCode()).isEqualTo(404);
        }
    }

    /// Rows as ingest logs them, applied, without a worker's help.
    private void log(int rows) {
        twotick.db.execute("""
            with ids as (
                insert into payload_log (id, received_at, body, signature, app)
                select overlay(uuid_v7_floor(now())::text placing lpad(to_hex(n), 12, '0') from 25)::uuid, now(),
                    '{}', '', 'app'
                from generate_series(1, {0}) n
                returning id)
            insert into payload_outcome (payload_id, attempt, state, events, duplicates, accounts)
            select id, id, 'processed', 1, 0, '{}' from ids
            """, org.jooq.impl.DSL.val(rows));
    }

    private static List<String> payloads(String page) {
        List<String> ids = new ArrayList<>();
        Matcher payload = PAYLOAD.matcher(page);
        while (payload.find()) {
            ids.add(payload.group(1));
        }
        return ids;
    }
}
