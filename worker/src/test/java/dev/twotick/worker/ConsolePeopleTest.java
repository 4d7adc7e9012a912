package dev.twotick.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Conversations, contacts and campaigns in the console, as people look at them.
@WithStores
class ConsolePeopleTest {
    private static final Pattern LINK = Pattern.compile("/sign-in\\?link=([A-Za-z0-9_-]+)");
    private static final Pattern CONVERSATION = Pattern.compile("href=\"/conversations/(\\d+)\"");
    private static final Pattern CONTACT = Pattern.compile("href=\"/contacts/([0-9a-f-]{36})\"");
    private static final Pattern NEXT = Pattern.compile("href=\"([^\"]+)\" rel=\"(?:next|prev)\"");
    private static final long NOW = 1_795_000_000;
    private static final String ADA = "16505551001";

    private static WorkerFixture twotick;
    private static Worker worker;
    private static int users;

    private Browser ada;

    @BeforeAll
    static void start(Stores stores) throws Exception {
        twotick = new WorkerFixture(stores);
        twotick.empty();
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        worker = twotick.worker(EnumSet.of(Worker.Role.CONSUME, Worker.Role.CONSOLE));
    }

    @AfterAll
    static void close() {
        twotick.close();
    }

    @BeforeEach
    void signIn() throws Exception {
        twotick.settle();
        twotick.emptyLogAndHooks();
        twotick.db.execute("delete from audit_log");
        twotick.db.execute("truncate message, message_status, reaction_statement, contact, contact_identity,"
                + " contact_mention, conversation, campaign, label, tombstone, account cascade");
        twotick.redis.flushAll();
        ada = signedIn("write");
    }

    private Browser signedIn(String scope) throws Exception {
        Command.Said said = Command.run(twotick.environment, "user", "add", "user" + ++users, "--scope", scope);
        Matcher link = LINK.matcher(said.out());
        assertThat(link.find()).as(said.toString()).isTrue();
        Browser browser = new Browser(worker.consolePort());
        assertThat(browser.post("/sign-in", "link", link.group(1)).statusCode()).isEqualTo(303);
        return browser;
    }

    private void comes(String... messages) {
        twotick.receive(
                MetaBodies.messages(MetaBodies.NUMBER, List.of(MetaBodies.contact(ADA, "Ada")), List.of(messages)));
        twotick.settle();
    }

    private static String text(int n, String body) {
        return MetaBodies.message(ADA, "wamid.C" + n, NOW + n, body);
    }

    private static List<String> all(Pattern pattern, String page) {
        List<String> found = new ArrayList<>();
        Matcher matcher = pattern.matcher(page);
        while (matcher.find()) {
            found.add(matcher.group(1).replace("&amp;", "&"));
        }
        return found.stream().distinct().toList();
    }

    @Test
    void aConversationIsShownAsPeopleKnowIt() throws Exception {
        comes(text(1, "first"), """
                {"from":"%s","id":"wamid.C2","timestamp":"%d","type":"text","context":{"id":"wamid.C1"},\
                "text":{"body":"an answer"}}""".formatted(ADA, NOW + 86_400), """
                {"from":"%s","id":"wamid.C3","timestamp":"%d","type":"image","image":{"id":"1","mime_type":"image/jpeg",\
                "sha256":"x","caption":"look"}}""".formatted(ADA, NOW + 86_401), """
                {"from":"%s","id":"wamid.C4","timestamp":"%d","type":"reaction",\
                "reaction":{"message_id":"wamid.C1","emoji":"🎉"}}""".formatted(
                        ADA, NOW + 86_402));
        twotick.receive("""
                {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"smb_message_echoes",\
                "value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881",\
                "phone_number_id":"%s"},"message_echoes":[{"from":"15550783881","to":"%s","id":"wamid.O1",\
                "timestamp":"%d","type":"text","text":{"body":"our answer"}}]}}]}]}\
                """.formatted(MetaBodies.NUMBER, ADA, NOW + 86_402).getBytes(UTF_8));
        twotick.receive(MetaBodies.statuses(MetaBodies.NUMBER, List.of("""
                {"id":"wamid.O1","status":"read","timestamp":"%d","recipient_id":"%s"}""".formatted(NOW + 86_403, ADA))));
        twotick.settle();

        String list = ada.page("/conversations");
        assertThat(all(CONVERSATION, list)).hasSize(1);
        assertThat(list).contains("<bdi>Ada</bdi>", "<span class=\"unread\">3</span>", "our answer");
        String page = ada.page("/conversations/" + all(CONVERSATION, list).getFirst());
        assertThat(page)
                .containsSubsequence(
                        "class=\"day\"", "first", "🎉", "class=\"day\"", "<blockquote>", "first", "an answer")
                .containsSubsequence("Picture", "look", "our answer", "from the app", "class=\"ticks read\"")
                .contains("bubble in", "bubble out");

        comes(text(90_000, "later than that page"));
        String id = all(CONVERSATION, list).getFirst();
        Matcher seen = Pattern.compile("name=\"up_to\" value=\"([^\"]+)\"").matcher(page);
        assertThat(seen.find()).isTrue();
        assertThat(ada.post("/conversations/" + id + "/read", "up_to", seen.group(1))
                        .statusCode())
                .isEqualTo(303);
        assertThat(twotick.number("select unread_count::bigint from conversation"))
                .isOne();
    }

    @Test
    void eachConversationIsListedOnceTheLatestFirstOverAllPages() throws Exception {
        twotick.db.execute("""
                with a as (insert into account (phone_number_id) values ('1') returning id),
                p as (insert into contact (id, business_id, name)
                    select md5(n::text)::uuid, 1, 'P' || n from generate_series(1, 120) n returning id),
                c as (insert into conversation (account_id, contact_id) select a.id, p.id from a, p returning id, account_id)
                insert into message (key, account_id, wamid, conversation_id, direction, type, body, occurred_at, live_at)
                select md5(c.id || '-' || k)::uuid, c.account_id, 'w', c.id, 'inbound', 'text', 'hi',
                    to_timestamp(k * 1000 + c.id), now()
                from generate_series(1, 3) k, c order by k, c.id
                """);
        List<String> seen = new ArrayList<>();
        String path = "/conversations";
        while (path != null) {
            String page = ada.page(path);
            seen.addAll(all(CONVERSATION, page));
            List<String> next = all(NEXT, page);
            path = next.isEmpty() ? null : "/conversations" + next.getFirst().replaceFirst("^/conversations", "");
        }
        assertThat(seen)
                .containsExactlyElementsOf(twotick.db
                        .resultQuery("select id from conversation order by id desc")
                        .fetch(row -> String.valueOf(row.get(0))));
        assertThat(all(CONVERSATION, ada.page("/conversations?account=1"))).hasSize(50);
        assertThat(ada.page("/conversations?account=2")).contains("No conversation is like that");
        assertThat(ada.page("/conversations?unread=1")).contains("No conversation is like that");

        List<String> contacts = new ArrayList<>();
        path = "/contacts";
        while (path != null) {
            String page = ada.page(path);
            contacts.addAll(all(CONTACT, page));
            path = all(NEXT, page).stream().findFirst().orElse(null);
        }
        assertThat(contacts)
                .containsExactlyElementsOf(twotick.db
                        .resultQuery("select id from contact order by lower(name) collate \"C\", id")
                        .fetch(0, String.class));
    }

    @Test
    void aLongConversationIsReadPageByPage() throws Exception {
        for (int payload = 0; payload < 2; payload++) {
            String[] texts = new String[80];
            for (int n = 0; n < texts.length; n++) {
                texts[n] = text(payload * 80 + n, "no. " + (payload * 80 + n) + ".");
            }
            comes(texts);
        }
        String path = "/conversations/"
                + all(CONVERSATION, ada.page("/conversations")).getFirst();
        List<String> seen = new ArrayList<>();
        while (path != null) {
            String page = ada.page(path);
            seen.addAll(0, all(Pattern.compile("no\\. (\\d+)\\."), page));
            path = all(NEXT, page).stream().findFirst().orElse(null);
        }
        assertThat(seen).hasSize(160).isSortedAccordingTo((a, b) -> Integer.parseInt(a) - Integer.parseInt(b));
    }

    @Test
    void somebodyIsFoundByNumberInAnySpellingByIdAndByHowTheirNameBegins() throws Exception {
        twotick.receive(MetaBodies.messages(
                MetaBodies.NUMBER,
                List.of(MetaBodies.contact("5511987654321", "Élodie Brasil")),
                List.of(MetaBodies.message("5511987654321", "wamid.S1", NOW, "olá"))));
        comes(text(1, "hello"));
        for (String wanted : List.of("5511987654321", "%2B55+11+8765-4321", "%C3%A9lod", "%C3%89LODIE+b")) {
            assertThat(all(CONTACT, ada.page("/contacts?q=" + wanted)))
                    .as(wanted)
                    .hasSize(1);
            assertThat(ada.page("/conversations?q=" + wanted))
                    .as(wanted)
                    .contains("olá")
                    .doesNotContain("hello");
        }
        assertThat(ada.page("/contacts?q=Nobody")).contains("Nobody is known by that");
        assertThat(ada.page("/conversations?q=%25")).contains("No conversation is like that");
    }

    @Test
    void whatSomebodyWroteStaysTextThere() throws Exception {
        String hostile = "</bdi><script>alert(1)</script><img src=x onerror=alert(1)>\u202e'";
        twotick.receive(MetaBodies.messages(
                MetaBodies.NUMBER,
                List.of(MetaBodies.contact(ADA, hostile)),
                List.of(MetaBodies.message(ADA, "wamid.H1", NOW, hostile))));
        twotick.settle();
        String list = ada.page("/conversations");
        String contacts = ada.page("/contacts");
        for (String page : List.of(
                list,
                contacts,
                ada.page("/conversations/" + all(CONVERSATION, list).getFirst()),
                ada.page("/contacts/" + all(CONTACT, contacts).getFirst()))) {
            assertThat(page)
                    .contains("&lt;script&gt;alert(1)")
                    .doesNotContain("<img", "</bdi><script>")
                    .doesNotContainPattern("<script(?![^>]* src=\"/assets/)")
                    .doesNotContainPattern("<[^>]+ (style|on[a-z]+)=");
        }
    }

    @Test
    void aLabelIsAttachedAndTakenOff() throws Exception {
        comes(text(1, "hello"));
        String path = "/contacts/" + all(CONTACT, ada.page("/contacts")).getFirst();
        ada.page(path);
        assertThat(ada.post(path + "/labels", "label", "VIP").statusCode()).isEqualTo(303);
        String page = ada.page(path);
        assertThat(page).contains("<bdi>VIP</bdi>");
        String detach = all(Pattern.compile("action=\"([^\"]+/detach)\""), page).getFirst();
        assertThat(ada.post(detach).statusCode()).isEqualTo(303);
        assertThat(ada.page(path)).doesNotContain("VIP");
    }

    @Test
    void somebodyIsExportedAndForgotten() throws Exception {
        comes(text(1, "forget this"));
        long conversation = twotick.number("select id from conversation");
        String id = all(CONTACT, ada.page("/contacts")).getFirst();
        String path = "/contacts/" + id;
        assertThat(ada.page(path)).contains("Ada", ADA, "wa_id");
        assertThat(ada.get("/conversations/" + conversation + "?before=x_1").statusCode())
                .isEqualTo(400);

        HttpResponse<String> export = ada.post(path + "/export");
        assertThat(export.statusCode()).isEqualTo(200);
        assertThat(export.headers().firstValue("Content-Disposition").orElseThrow())
                .startsWith("attachment");
        assertThat(export.body()).contains("forget this", "\"contacts\"");

        try (Browser bob = signedIn("read")) {
            assertThat(bob.page(path)).doesNotContain("/forget\"");
            assertThat(bob.post(path + "/forget", "sure", "forget").statusCode())
                    .isEqualTo(403);
        }
        ada.page(path);
        assertThat(ada.post(path + "/forget", "sure", "no").statusCode()).isEqualTo(400);
        assertThat(twotick.number("select count(*) from contact")).isOne();

        ada.page(path);
        String run = ada.post(path + "/forget", "sure", "forget")
                .headers()
                .firstValue("Location")
                .orElseThrow();
        await().until(() -> ada.page(run).contains("Erased: 1 messages"));
        assertThat(ada.page(run)).doesNotContain("hx-get");
        assertThat(ada.get(path).statusCode()).isEqualTo(404);
        assertThat(twotick.number("select count(*) from message")).isZero();
        assertThat(ada.page("/audit"))
                .contains("contact.export", "contact.forget", "erased")
                .doesNotContain(ADA, id);
        assertThat(ada.get("/contacts?after=" + id).statusCode()).isEqualTo(400);
    }

    private static void contacts(int count) {
        twotick.db.execute("""
                with a as (insert into account (phone_number_id) values ('1') returning id),
                p as (insert into contact (id, business_id, name)
                    select md5(n::text)::uuid, 1, 'Same ' || lpad(n::text, 3, '0') from generate_series(1, {0}) n
                    returning id),
                c as (insert into conversation (account_id, contact_id, window_expires_at)
                    select a.id, p.id, now() - interval '1 hour' from a, p returning id, account_id)
                insert into message (key, account_id, wamid, conversation_id, direction, type, body, occurred_at, live_at)
                select md5(c.id::text)::uuid, c.account_id, 'w', c.id, 'inbound', 'text', 'hi', now() - interval '25 hours',
                    now() - interval '25 hours'
                from c
                """, org.jooq.impl.DSL.val(count));
    }

    @Test
    void theListOfContactsGoesOnWhereItWasWhoeverWasRenamedOrForgottenMeanwhile() throws Exception {
        contacts(110);
        String first = ada.page("/contacts");
        assertThat(first).contains("Same 050").doesNotContain("Same 051");
        twotick.db.execute("update contact set name = 'Zoe' where name = 'Same 050'");
        String second = ada.page(all(NEXT, first).getFirst());
        assertThat(second).contains("Same 051", "Same 100").doesNotContain("Same 049", "Same 101");
        twotick.db.execute("update contact set name = 'Adam' where name = 'Same 100'");
        assertThat(ada.page(all(NEXT, second).getFirst()))
                .contains("Same 101", "Same 110", "Zoe")
                .doesNotContain("Same 099");
        twotick.db.execute("truncate contact cascade");
        assertThat(ada.page(all(NEXT, second).getFirst())).contains("Nobody is known yet");
    }

    @Test
    void aSearchThatFindsMoreThanItShowsSaysSo() throws Exception {
        contacts(51);
        assertThat(ada.page("/contacts?q=same"))
                .contains("These are the first 50")
                .doesNotContain("Same 051");
        assertThat(ada.page("/contacts?q=same+01")).doesNotContain("These are the first");
        assertThat(ada.page("/conversations?q=same")).contains("More than these was found");
        assertThat(ada.page("/conversations?q=same+01")).doesNotContain("More than these");
    }

    @Test
    void aWindowThatIsOverIsNotShownAsOpen() throws Exception {
        contacts(1);
        String path = "/conversations/"
                + all(CONVERSATION, ada.page("/conversations")).getFirst();
        String expired = twotick.text("select extract(year from window_expires_at)::text from conversation") + "-";
        assertThat(ada.page(path)).doesNotContain("free to answer");
        twotick.db.execute("update conversation set window_expires_at = now() + interval '1 hour'");
        assertThat(ada.page(path)).contains("free to answer until", expired);
    }

    /// What goes out first is more than the server holds back.
    @Test
    void anExportThatFailsMidwayIsNoWholeFile() throws Exception {
        comes(text(1, "long ".repeat(800)), text(2, "long ".repeat(800)));
        twotick.db.execute("""
                insert into message (key, account_id, wamid, conversation_id, direction, type, body, occurred_at, live_at,
                    peer_kind, peer_value)
                select md5(n::text)::uuid, m.account_id, 'w' || n, m.conversation_id, 'inbound', 'text', m.body, m.occurred_at,
                    m.live_at, m.peer_kind, m.peer_value
                from (select * from message limit 1) m, generate_series(1, 40) n
                """);
        String path = "/contacts/" + all(CONTACT, ada.page("/contacts")).getFirst();
        ada.page(path);
        assertThat(ada.post(path + "/export").body()).endsWith("}\n");
        twotick.db.execute("alter table campaign_recipient rename to elsewhere");
        try {
            assertThatThrownBy(() -> ada.post(path + "/export")).isInstanceOf(IOException.class);
            twotick.db.execute("alter table contact_mention rename to elsewhere_too");
            HttpResponse<String> refused = ada.post(path + "/export");
            assertThat(refused.statusCode()).isEqualTo(500);
            assertThat(refused.body()).startsWith("<!").contains("Something went wrong here");
            assertThat(refused.headers().firstValue("Content-Disposition")).isEmpty();
        } finally {
            twotick.db.execute("alter table elsewhere rename to campaign_recipient");
            twotick.db.execute("alter table if exists elsewhere_too rename to contact_mention");
        }
    }

    @Test
    void aLabelAndItsEntryInTheAuditLogAreWrittenTogetherOrNotAtAll() throws Exception {
        comes(text(1, "hello"));
        String path = "/contacts/" + all(CONTACT, ada.page("/contacts")).getFirst();
        ada.page(path);
        for (String table : List.of("audit_log", "contact_label")) {
            twotick.db.execute("""
                    create or replace function refuse() returns trigger language plpgsql as
                    $$ begin raise exception 'no'; end $$
                    """);
            twotick.db.execute(
                    "create trigger refuse before insert on " + table + " for each row execute function refuse()");
            try {
                assertThat(ada.post(path + "/labels", "label", "VIP").statusCode())
                        .as(table)
                        .isEqualTo(500);
            } finally {
                twotick.db.execute("drop trigger refuse on " + table);
            }
            assertThat(twotick.number("select count(*) from label")).isZero();
            assertThat(twotick.number("select count(*) from audit_log where action = 'label.attach'"))
                    .isZero();
        }
        assertThat(ada.post(path + "/labels", "label", "VIP").statusCode()).isEqualTo(303);
        assertThat(twotick.number("select count(*) from audit_log where action = 'label.attach'"))
                .isOne();
    }

    @Test
    void aCampaignShowsWhatItReached() throws Exception {
        twotick.db.execute(
                "insert into campaign (business_id, key, name, total, sent, delivered, read, failed, sealed_at)"
                        + " values (1, 'spring', 'Spring', 9, 7, 5, 3, 1, now())");
        String list = ada.page("/campaigns");
        assertThat(list).contains("Spring", "sealed");
        String path = all(Pattern.compile("href=\"(/campaigns/\\d+)\""), list).getFirst();
        assertThat(ada.page(path)).contains("<code>spring</code>", "max=\"9\" value=\"7\"", "data-live-every");
        twotick.db.execute("update campaign set completed_at = now()");
        assertThat(ada.page(path)).contains("complete").doesNotContain("data-live-every");
    }
}
