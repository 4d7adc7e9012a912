package dev.twotick.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.hash.HmacSha256;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.Command.Said;
import dev.twotick.worker.deliver.Receiver;
import dev.twotick.worker.deliver.Receiver.Call;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Endpoints of the format `meta`, from what Meta posts to what their receivers get.
@WithStores
class MetaFormatTest {
    private static final String SECRET = "the app's secret";
    private static final String OTHER_NUMBER = "222222222222222";

    private final WorkerFixture twotick;
    private Receiver bot;

    MetaFormatTest(Stores stores) {
        twotick = new WorkerFixture(stores);
    }

    @BeforeEach
    void empty() throws Exception {
        twotick.empty();
        twotick.db.execute("truncate hook_endpoint, hook_attempt, tombstone");
        twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        twotick.environment.put("TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8");
        twotick.environment.put("TWOTICK_APP_SECRETS", "other=another secret,app=" + SECRET + ",app=its next one");
        bot = new Receiver();
    }

    @AfterEach
    void close() {
        twotick.close();
        bot.close();
    }

    private Said say(String... line) {
        return Command.run(twotick.environment, line);
    }

    private void add(String name, String... options) {
        List<String> line = new ArrayList<>(List.of("endpoint", "add", name, bot.url(), "--format", "meta"));
        line.addAll(List.of(options));
        Said said = say(line.toArray(String[]::new));
        assertThat(said.code()).as(said.err()).isZero();
    }

    private void receive(byte[]... bodies) {
        for (byte[] body : bodies) {
            twotick.receive(body);
        }
        twotick.settle();
    }

    private List<String> bodiesOf(int calls) {
        await().untilAsserted(() -> assertThat(bot.calls).hasSize(calls));
        await().until(() -> twotick.number("select count(*) from hook_delivery where next_attempt_at <= now()") == 0);
        return bot.calls.stream().map(Call::body).toList();
    }

    private static String signature(String body) {
        return "sha256=" + HexFormat.of().formatHex(new HmacSha256(SECRET.getBytes(UTF_8)).of(body));
    }

    private static byte[] text(String number, String wamid) {
        return MetaBodies.messages(
                number,
                List.of(MetaBodies.contact("16505551234", "Gr\\u00fc\\u00dfe \\/")),
                List.of(MetaBodies.message("16505551234", wamid, 1_795_000_000, "ü \\ud83d\\ude42 \\/ 1.10")));
    }

    private static byte[] accountUpdate() {
        return MetaBodies.envelope("{\"value\":{\"event\":\"DISABLED_UPDATE\"},\"field\":\"account_update\"}");
    }

    /// Two entries of two changes of two messages, of four numbers.
    private static byte[] eight() {
        StringBuilder entries = new StringBuilder();
        for (int number = 1; number <= 4; number++) {
            String change = MetaBodies.change(
                    "10000000000000" + number,
                    List.of(
                            MetaBodies.contact("1650555000" + number, "One"),
                            MetaBodies.contact("1650555100" + number, "Two")),
                    "messages",
                    List.of(
                            MetaBodies.message("1650555100" + number, "wamid.B" + number, 1_795_000_000, "hi"),
                            MetaBodies.message("1650555000" + number, "wamid.A" + number, 1_795_000_001, "ho")));
            entries.append(number % 2 == 1 ? "{\"id\":\"10229012933939" + number + "\",\"changes\":[" : ",")
                    .append(change)
                    .append(number % 2 == 1 ? "" : number == 2 ? "]}," : "]}");
        }
        return ("{\"object\":\"whatsapp_business_account\",\"entry\":[" + entries + "]}").getBytes(UTF_8);
    }

    @Test
    void aPayloadComesByteForByteUnderMetasOwnSignature() throws Exception {
        add("bot");
        say("endpoint", "add", "crm", bot.url() + "/crm", "--events", "*");
        twotick.worker();
        byte[] body = text(MetaBodies.NUMBER, "wamid.1");
        receive(body, accountUpdate());

        // beside it: account.discovered (two), contact.created, message.received, account.notice
        bodiesOf(6);
        List<Call> meta = bot.calls.stream()
                .filter(call -> call.headers().containsKey("X-Hub-Signature-256"))
                .toList();
        assertThat(meta).hasSize(1);
        assertThat(meta.getFirst().body().getBytes(UTF_8)).isEqualTo(body);
        assertThat(meta.getFirst().headers().getFirst("X-Hub-Signature-256"))
                .isEqualTo(signature(new String(body, UTF_8)));
        assertThat(meta.getFirst().headers().getFirst("Content-Length")).isEqualTo(String.valueOf(body.length));
        assertThat(meta.getFirst().headers().getFirst("Content-Type")).startsWith("application/json");
    }

    @Test
    void fieldsAndAccountsAreChosenByEndpointAndWhatIsMixedIsCut() throws Exception {
        add("all", "--fields", "all");
        add("messages");
        add("one-account", "--fields", "all", "--accounts", OTHER_NUMBER);
        add("messages-of-one-account", "--accounts", OTHER_NUMBER);
        twotick.worker();
        String mine = change(text(MetaBodies.NUMBER, "wamid.1"));
        String others = change(text(OTHER_NUMBER, "wamid.2"));
        String update = change(accountUpdate());
        byte[] whole = MetaBodies.envelope(mine, update, others);
        receive(whole);

        String messages = wire(MetaBodies.envelope(mine, others));
        String theirs = wire(MetaBodies.envelope(others));
        assertThat(bodiesOf(4)).containsExactlyInAnyOrder(new String(whole, UTF_8), messages, theirs, theirs);
        assertThat(bot.calls)
                .allSatisfy(call -> assertThat(call.headers().getFirst("X-Hub-Signature-256"))
                        .isEqualTo(signature(call.body())));
        byte[] later = new String(accountUpdate(), UTF_8)
                .replace("DISABLED", "ENABLED")
                .getBytes(UTF_8);
        receive(later);
        assertThat(bodiesOf(5)).endsWith(new String(later, UTF_8));
    }

    private static String change(byte[] payload) {
        String text = new String(payload, UTF_8);
        return text.substring(
                text.indexOf("\"changes\":[") + "\"changes\":[".length(), text.length() - "]}]}".length());
    }

    private static String wire(byte[] body) {
        return new String(body, UTF_8).replace("ü", "\\u00fc");
    }

    @Test
    void oneItemACallIsCutOutOfABatchOfEight() throws Exception {
        add("bot", "--one-item");
        add("some", "--one-item", "--accounts", "100000000000003");
        twotick.worker();
        receive(eight(), text(MetaBodies.NUMBER, "wamid.alone"));

        List<String> bodies = bodiesOf(11);
        assertThat(bodies).contains(new String(text(MetaBodies.NUMBER, "wamid.alone"), UTF_8));
        for (String one : List.of("A1", "B1", "A2", "B2", "A3", "B3", "A4", "B4")) {
            List<String> its = bodies.stream()
                    .filter(body -> body.contains("wamid." + one))
                    .toList();
            assertThat(its).hasSize(one.endsWith("3") ? 2 : 1);
            JsonNode value = JsonMapper.shared().readTree(its.getFirst()).at("/entry/0/changes/0/value");
            assertThat(value.at("/messages")).hasSize(1);
            assertThat(value.at("/contacts")).hasSize(1);
            assertThat(value.at("/contacts/0/wa_id")).isEqualTo(value.at("/messages/0/from"));
            assertThat(value.at("/metadata/phone_number_id").asString()).endsWith(one.substring(1));
        }
        assertThat(bot.calls)
                .allSatisfy(call -> assertThat(call.headers().getFirst("X-Hub-Signature-256"))
                        .isEqualTo(signature(call.body())));
    }

    @Test
    void aCallIsRetriedAndResentAsItWasAndNeitherMetasRetriesNorAReplayMakeAnother() throws Exception {
        add("bot");
        twotick.worker();
        bot.answering(503);
        byte[] body = text(MetaBodies.NUMBER, "wamid.1");
        PayloadId first = twotick.receive(body);
        await().untilAsserted(() -> assertThat(bot.calls).hasSize(1));
        bot.answering(200);
        await().until(() -> twotick.number("select count(*) from hook_attempt") == 1);
        say("endpoint", "resume", "bot");
        twotick.db.execute("update hook_delivery set next_attempt_at = now()");
        bodiesOf(2);

        receive(body);
        assertThat(say("--replay", "--id", first.toString()).code()).isZero();
        twotick.settle();
        assertThat(twotick.number("select count(*) from hook_event where type like 'meta.%'"))
                .isEqualTo(1);
        assertThat(say(
                                "--resend",
                                "--endpoint",
                                "bot",
                                "--id",
                                bot.calls.getFirst().id())
                        .code())
                .isZero();
        assertThat(bodiesOf(3)).containsOnly(new String(body, UTF_8));
        assertThat(bot.calls.stream().map(Call::id).distinct()).hasSize(1);
    }

    @Test
    void whatWasRaisedWhileItWasDisabledIsMissed() throws Exception {
        add("bot");
        twotick.worker();
        say("endpoint", "disable", "bot");
        receive(text(MetaBodies.NUMBER, "wamid.1"));
        assertThat(say("endpoint", "enable", "bot", "--resend").out()).contains("1 events");
        assertThat(bodiesOf(1)).containsExactly(new String(text(MetaBodies.NUMBER, "wamid.1"), UTF_8));
    }

    @Test
    void whoeverIsErasedIsTakenOutOfPayloadsThatWaitAndComesInNoneAgain() throws Exception {
        add("bot");
        twotick.worker(EnumSet.of(Worker.Role.CONSUME));
        receive(eight());
        assertThat(say("--forget", "16505550001", "--yes").code()).isZero();
        // Meta's retry has something new, too
        byte[] again =
                new String(eight(), UTF_8).replace("wamid.B2", "wamid.B5").getBytes(UTF_8);
        receive(again);
        twotick.worker(EnumSet.of(Worker.Role.DELIVER));

        List<String> bodies = bodiesOf(2);
        assertThat(bodies).allSatisfy(body -> assertThat(body).doesNotContain("16505550001", "wamid.A1", "null"));
        assertThat(bodies.stream().filter(body -> body.contains("wamid.B1"))).hasSize(1);
        assertThat(bodies.stream().filter(body -> body.contains("wamid.B5"))).hasSize(1);
    }

    @Test
    void twoWhoAreErasedAtOnceAreBothTakenOutOfThePayloadTheyShare() throws Exception {
        add("bot");
        twotick.worker(EnumSet.of(Worker.Role.CONSUME));
        receive(eight());
        try (ExecutorService commands = Executors.newFixedThreadPool(2)) {
            List<Future<Said>> both = twotick.db.transactionResult(holding -> {
                holding.dsl().execute("select from hook_page for update");
                List<Future<Said>> begun = Stream.of("16505550001", "16505550002")
                        .map(number -> commands.submit(() -> say("--forget", number, "--yes")))
                        .toList();
                await().until(() -> twotick.number("select count(*) from pg_stat_activity"
                                + " where datname = current_database() and wait_event_type = 'Lock'")
                        == 2);
                return begun;
            });
            for (Future<Said> each : both) {
                assertThat(each.get().code()).as(each.get().err()).isZero();
            }
        }
        twotick.worker(EnumSet.of(Worker.Role.DELIVER));

        assertThat(bodiesOf(1).getFirst())
                .contains("wamid.B1", "wamid.B2")
                .doesNotContain("16505550001", "wamid.A1", "16505550002", "wamid.A2");
    }

    @Test
    void whatAnEndpointOfTheOtherFormatHasIsRefusedAndATestIsAPayload() {
        assertThat(say("endpoint", "add", "crm", bot.url(), "--fields", "calls").err())
                .contains("of the format meta");
        assertThat(say("endpoint", "add", "crm", bot.url(), "--events", "meta.*")
                        .err())
                .contains("--format meta");
        Said bad = say("endpoint", "add", "a bot", bot.url(), "--format", "Meta", "--fields", "Messages");
        assertThat(bad.code()).isEqualTo(2);
        assertThat(bad.err()).contains("format is neither standard nor meta", "fields are not fields", "name is not");
        add("bot", "--fields", "messages,calls", "--one-item");
        assertThat(say("endpoint", "set", "bot", "--events", "*").err()).contains("events are of the format standard");

        assertThat(say("endpoint", "set", "bot", "--fields", "all", "--no-one-item")
                        .code())
                .isZero();
        JsonNode shown = JsonMapper.shared()
                .readTree(say("endpoint", "show", "bot", "--json").out());
        assertThat(shown.get("format").asString()).isEqualTo("meta");
        assertThat(shown.get("fields").isNull()).isTrue();
        assertThat(shown.get("one_item").asBoolean()).isFalse();
        assertThat(say("endpoint", "list").out()).contains("meta: all");
        assertThat(say("endpoint", "test", "bot").out()).contains("bot: HTTP 204");
        Call test = bot.calls.getFirst();
        assertThat(test.body()).contains("\"field\":\"messages\"");
        assertThat(test.headers().getFirst("X-Hub-Signature-256")).hasSize("sha256=".length() + 64);

        twotick.environment.remove("TWOTICK_APP_SECRETS");
        Said without = say("endpoint", "add", "bot2", bot.url(), "--format", "meta");
        assertThat(without.code()).isEqualTo(2);
        assertThat(without.err()).contains("TWOTICK_APP_SECRETS is not set");
    }

    @Test
    void aWorkerWithoutTheAppsSecretSaysSoAndMakesNoCall() throws Exception {
        add("bot");
        twotick.environment.put("TWOTICK_APP_SECRETS", "other=another secret");
        twotick.worker();
        receive(text(MetaBodies.NUMBER, "wamid.1"));

        await().untilAsserted(() -> assertThat(twotick.text("select error_class || ': ' || error from hook_attempt"))
                .isEqualTo("internal: not made: TWOTICK_APP_SECRETS of this worker has no secret of app app"));
        assertThat(bot.calls).isEmpty();
    }
}
