package dev.twotick.worker.interpret;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RedactionTest {
    private static final String ANN = "16505550001";
    private static final String BEN = "16505550002";

    @Test
    void onlyThePersonsItemsGoAndTheRestKeepsItsBytesAndPaths() {
        String before = body("""
            "contacts":[{"wa_id":"16505550001","profile":{"name":"Ann"}}, {"wa_id":"16505550002" ,"profile":{"name":"Ben"}}],
            "messages":[%s, %s],"statuses":[{"id":"S","status":"sent","timestamp":"1","recipient_id":"16505550001"}]\
            """.formatted(text(ANN, "A", "hello"), text(BEN, "B", "caf\\u00e9" + " 1.10")));

        String after = without(before, ANN);

        assertThat(after)
                .isEqualTo(before.replace(text(ANN, "A", "hello"), "null")
                        .replace("{\"wa_id\":\"16505550001\",\"profile\":{\"name\":\"Ann\"}}", "{}")
                        .replace(
                                "{\"id\":\"S\",\"status\":\"sent\",\"timestamp\":\"1\",\"recipient_id\":\"16505550001\"}",
                                "null"));
        assertThat(facts(after)).singleElement().isEqualTo("entry[0].changes[0].value.messages[1]");
    }

    @Test
    void aChangeInWhichNothingIsLeftSaysNothing() {
        String ann = "{\"field\":\"messages\",\"value\":{\"metadata\":{\"phone_number_id\":\"106\"},\"messages\":["
                + text(ANN, "A", "hello") + "]}}";
        String ben = ann.replace(ANN, BEN);
        String after = without(
                "{\"entry\":[{\"id\":\"1\",\"changes\":[" + ann + "," + ben + "]},{\"id\":\"2\",\"changes\":[" + ann
                        + "]}]}",
                ANN);

        assertThat(after).isEqualTo("{\"entry\":[{\"id\":\"1\",\"changes\":[null," + ben + "]},null]}");
        assertThat(facts(after)).hasSize(1);
    }

    @Test
    void aPayloadInWhichNothingIsLeftHoldsNoFact() {
        String after = without(body("\"messages\":[" + text(ANN, "A", "hello") + "]"), ANN);

        assertThat(after).isEqualTo(Redaction.NOTHING_LEFT);
        assertThat(facts(after)).isEmpty();
    }

    @Test
    void whatIsKeptRawGoesTooHoweverTheNumberIsWritten() {
        String after = without(
                body("\"messages\":[" + text(BEN, "B", "hello")
                        + "],\"tomorrow\":[{\"deep\":{\"phone\":\"+1 (650) 555-0001\"}}]"),
                ANN);

        assertThat(after).doesNotContain("555-0001").contains(text(BEN, "B", "hello"));
        assertThat(facts(after)).hasSize(1);
    }

    @Test
    void aPayloadAboutOthersIsLeftAlone() {
        String body = body("\"messages\":[" + text(BEN, "B", "call me at 16505550001") + "]");

        assertThat(Redaction.without(
                        body.getBytes(UTF_8), fact -> PersonIds.of(fact).contains(ANN), ANN::equals))
                .isEmpty();
    }

    private static String without(String body, String id) {
        return new String(
                Redaction.without(
                                body.getBytes(UTF_8), fact -> PersonIds.of(fact).contains(id), Set.of(id)::contains)
                        .orElseThrow(),
                UTF_8);
    }

    private static List<String> facts(String body) {
        return ((Interpretation.Facts) new PayloadInterpreter().interpret(body.getBytes(UTF_8)))
                .facts().stream().map(fact -> fact.item().path()).toList();
    }

    private static String text(String from, String wamid, String text) {
        return "{\"from\":\"" + from + "\",\"id\":\"" + wamid + "\",\"timestamp\":\"1700000000\",\"type\":\"text\","
                + "\"text\":{\"body\":\"" + text + "\"}}";
    }

    private static String body(String lists) {
        return "{\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\",\"value\":{\"messaging_product\":\"whatsapp\","
                + "\"metadata\":{\"phone_number_id\":\"106\"}," + lists + "}}]}]}";
    }
}
