package dev.twotick.worker.interpret;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/// Payloads in Meta's shape around the part that a test is about.
final class Bodies {
    static final String WABA = "102290129340398";
    static final String NUMBER = "106540352242922";

    private static final PayloadInterpreter INTERPRETER = new PayloadInterpreter();

    private Bodies() {}

    static String payload(String... entries) {
        return "{\"object\":\"whatsapp_business_account\",\"entry\":[" + String.join(",", entries) + "]}";
    }

    static String entry(String... changes) {
        return "{\"id\":\"" + WABA + "\",\"changes\":[" + String.join(",", changes) + "]}";
    }

    static String change(String field, String value) {
        return "{\"value\":" + value + ",\"field\":\"" + field + "\"}";
    }

    /// A value of field `messages` with these members beside its metadata.
    static String value(String members) {
        return """
                {"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881",\
                "phone_number_id":"%s"},%s}""".formatted(NUMBER, members);
    }

    static String messages(String members) {
        return payload(entry(change("messages", value(members))));
    }

    static String text(String wamid, String from) {
        return """
                {"from":"%s","id":"%s","timestamp":"1778766865","type":"text","text":{"body":"hello"}}""".formatted(from, wamid);
    }

    static String status(String wamid, String word) {
        return """
                {"id":"%s","status":"%s","timestamp":"1778766870","recipient_id":"16505551234"}""".formatted(wamid, word);
    }

    static Interpretation.Facts facts(String body) {
        Interpretation interpretation = INTERPRETER.interpret(body.getBytes(UTF_8));
        assertThat(interpretation).isInstanceOf(Interpretation.Facts.class);
        return (Interpretation.Facts) interpretation;
    }

    static List<String> keys(String body) {
        return facts(body).facts().stream().map(fact -> fact.item().key()).toList();
    }

    /// The only fact of a body, of the wanted kind.
    static <F extends Fact> F only(Class<F> kind, String body) {
        List<Fact> facts = facts(body).facts();
        assertThat(facts).hasSize(1);
        return kind.cast(facts.getFirst());
    }

    /// The message of a payload that holds this item alone.
    static Fact.MessageTold message(String item) {
        List<Fact> facts = facts(messages("\"messages\":[" + item + "]")).facts();
        assertThat(facts.stream().filter(fact -> !(fact instanceof Fact.FlowCompleted)))
                .hasSize(1);
        return (Fact.MessageTold) facts.getFirst();
    }

    /// A message of this type, with the content that belongs to it.
    static Fact.MessageTold message(String type, String content) {
        return message("""
                {"from":"16505551234","id":"wamid.1","timestamp":"1778766865","type":"%s",%s}""".formatted(type, content));
    }

    static Fact.StatusReported status(String members) {
        return only(Fact.StatusReported.class, messages("\"statuses\":[{\"id\":\"wamid.1\"," + members + "}]"));
    }

    /// A payload of another field, whose value has this beside its metadata.
    static String field(String field, String members) {
        return payload(entry(change(field, value(members))));
    }

    /// The facts of a value of a field, which has these members beside its metadata.
    static List<Fact> factsOf(String field, String members) {
        return facts(field(field, members)).facts();
    }

    /// The only notice of a value that has no metadata.
    static Fact.Noticed notice(String field, String value) {
        return only(Fact.Noticed.class, payload(entry(change(field, value))));
    }
}
