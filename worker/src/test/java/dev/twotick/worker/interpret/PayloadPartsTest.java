package dev.twotick.worker.interpret;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.worker.MetaBodies;
import dev.twotick.worker.interpret.PayloadParts.Part;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PayloadPartsTest {
    private static final String METADATA =
            "\"messaging_product\":\"whatsapp\",\"metadata\":{\"display_phone_number\":\"15550783881\",\"phone_number_id\":\"1\"}";

    private static String envelope(String... changes) {
        return new String(MetaBodies.envelope(changes), UTF_8);
    }

    private static String messages(String contacts, String items) {
        return "{\"value\":{" + METADATA + contacts + ",\"messages\":[" + items + "]},\"field\":\"messages\"}";
    }

    /// Of each fact of the payload, the payload of its item; each once.
    private static List<String> items(String payload) {
        PayloadParts parts = PayloadParts.of(payload.getBytes(UTF_8));
        return facts(payload)
                .flatMap(fact -> parts.itemOf(fact.item().path()).stream())
                .map(part -> new String(part.body(), UTF_8))
                .distinct()
                .toList();
    }

    private static Stream<Fact> facts(String payload) {
        return new PayloadInterpreter().interpret(payload.getBytes(UTF_8)) instanceof Interpretation.Facts meaning
                ? meaning.facts().stream()
                : Stream.of();
    }

    private static String message(String from, String id) {
        return "{\"from\":\"" + from + "\",\"id\":\"" + id
                + "\",\"timestamp\":\"1795000000\",\"type\":\"text\",\"text\":{\"body\":\"hi\"}}";
    }

    @Test
    void theOnlyItemOfAPayloadIsThePayloadByteForByte() {
        String payload =
                " { \"entry\" : [{\"changes\":[" + messages(",\"contacts\":[]", message("15550002001", "wamid.1") + " ")
                        + "]}], \"object\":\"whatsapp_business_account\"} ";

        assertThat(items(payload)).containsExactly(payload);
    }

    @Test
    void anItemComesWithItsOwnContactAndMetadata() {
        String ada = "{\"profile\":{\"name\":\"Ada\"},\"wa_id\":\"15550002001\"}";
        String grace = "{\"profile\":{\"name\":\"Grace\"},\"user_id\":\"US.1\"}";
        String fromAda = message("15550002001", "wamid.1");
        String fromGrace = message("", "wamid.2").replace("\"from\":\"\"", "\"from_user_id\":\"US.1\"");
        String fromNobody = message("15550002003", "wamid.3");

        assertThat(items(envelope(messages(
                        ",\"contacts\":[" + grace + "," + ada + "]", fromAda + "," + fromGrace + "," + fromNobody))))
                .containsExactly(
                        envelope(messages(",\"contacts\":[" + ada + "]", fromAda)),
                        envelope(messages(",\"contacts\":[" + grace + "]", fromGrace)),
                        envelope(messages("", fromNobody)));
    }

    @Test
    void itemsOfSeveralEntriesChangesAndListsComeApart() {
        String both =
                "{\"value\":{" + METADATA + ",\"messages\":[" + message("15550002001", "wamid.1") + "],\"statuses\":["
                        + MetaBodies.statusItem("wamid.2", "read", 1_795_000_000) + "]},\"field\":\"messages\"}";
        String one = messages("", message("15550002002", "wamid.3"));
        String payload = "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"7\",\"changes\":[" + both
                + "]},{\"id\":\"8\",\"time\":5,\"changes\":[" + one + "]}]}";

        assertThat(items(payload))
                .containsExactly(
                        "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"7\",\"changes\":["
                                + messages("", message("15550002001", "wamid.1")) + "]}]}",
                        "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"7\",\"changes\":["
                                + messages("", MetaBodies.statusItem("wamid.2", "read", 1_795_000_000))
                                        .replace("\"messages\":[", "\"statuses\":[")
                                + "]}]}",
                        "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"8\",\"time\":5,\"changes\":["
                                + one + "]}]}");
    }

    @Test
    void whatStandsBesideSeveralItemsIsOneTogetherAndBesideOneStaysThere() {
        String beside = ",\"conversation_context\":{\"type\":\"summary\"}";
        String one = message("15550002001", "wamid.1");
        String two = message("15550002001", "wamid.2");

        assertThat(items(envelope(messages(beside, one)))).containsExactly(envelope(messages(beside, one)));
        assertThat(items(envelope(messages(beside, one + "," + two))))
                .containsExactly(
                        envelope(messages("", one)),
                        envelope(messages("", two)),
                        envelope(messages(beside, "").replace(",\"messages\":[]", "")));
    }

    @Test
    void whatIsWatchedOnStandbyStaysThere() {
        String watched =
                "{\"value\":{" + METADATA + ",\"standby\":{\"contacts\":[{\"wa_id\":\"15550002001\"}],\"messages\":["
                        + "%s]}},\"field\":\"standby\"}";
        String one = message("15550002001", "wamid.1");
        String two = message("15550002002", "wamid.2");

        assertThat(items(envelope(watched.formatted(one + "," + two))))
                .containsExactly(
                        envelope(watched.formatted(one)),
                        envelope(watched.formatted(two).replace("\"contacts\":[{\"wa_id\":\"15550002001\"}],", "")));
    }

    @Test
    void whatIsCutOutIsWrittenAsMetaWritesIt() {
        String pretty =
                "{ \"from\" : \"15550002001\", \"id\" : \"wamid.1\", \"timestamp\" : \"1795000000\", \"type\" : \"text\",\n"
                        + " \"text\" : { \"body\" : \"Gr\u00fc\u00dfe \\u00FC \ud83d\ude42 a\\/b c/d \\\"1 \\\\\" }, \"n\" : 1.10 }";
        String wire = "{\"from\":\"15550002001\",\"id\":\"wamid.1\",\"timestamp\":\"1795000000\",\"type\":\"text\","
                + "\"text\":{\"body\":\"Gr\\u00fc\\u00dfe \\u00fc \\ud83d\\ude42 a\\/b c\\/d \\\"1 \\\\\"},\"n\":1.10}";
        String other = message("15550002002", "wamid.2");

        assertThat(items(envelope(messages("", pretty + "," + other))))
                .containsExactly(envelope(messages("", wire)), envelope(messages("", other)));
    }

    @Test
    void aFieldOrAnAccountIsCutOutWithAllItsChanges() {
        String one = messages("", message("15550002001", "wamid.1"));
        String two = messages("", message("15550002001", "wamid.2"))
                .replace("\"phone_number_id\":\"1\"", "\"phone_number_id\":\"2\"");
        String other = "{\"value\":{\"event\":\"X\"},\"field\":\"account_update\"}";
        PayloadParts parts = PayloadParts.of(envelope(one, other, two).getBytes(UTF_8));

        assertThat(parts.ofField("messages").map(PayloadPartsTest::text)).contains(envelope(one, two));
        assertThat(parts.ofAccount("messages", "2").map(PayloadPartsTest::text)).contains(envelope(two));
        assertThat(parts.ofAccount("account_update", "2")).isEmpty();
    }

    private static String text(Part part) {
        return new String(part.body(), UTF_8);
    }

    /// Every sample there is, all in one payload.
    @Test
    void inThePayloadOfItsItemAFactIsTheSame() throws Exception {
        List<String> entries = new ArrayList<>();
        for (Path sample : CorpusTest.samples()) {
            if (JsonReader.read(Files.readString(sample)) instanceof Json.Obj payload) {
                payload.array("entry").forEach(entry -> entries.add(entry.text()));
            }
        }
        String payload = "{\"object\":\"whatsapp_business_account\",\"entry\":[" + String.join(",", entries) + "]}";
        PayloadParts parts = PayloadParts.of(payload.getBytes(UTF_8));

        assertThat(facts(payload)).hasSizeGreaterThan(entries.size());
        facts(payload).forEach(fact -> {
            String item = text(parts.itemOf(fact.item().path()).orElseThrow());
            assertThat(item).matches("\\p{ASCII}+").hasSizeLessThan(payload.length() / 5);
            assertThat(facts(item).map(one -> one.item().key()))
                    .as(item)
                    .contains(fact.item().key());
        });
    }
}
