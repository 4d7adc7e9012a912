package dev.twotick.worker.interpret;

import static dev.twotick.worker.interpret.Bodies.NUMBER;
import static dev.twotick.worker.interpret.Bodies.factsOf;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlowReaderTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "NULL", quoteCharacter = '`', textBlock = """
            "{\\"flow_token\\":\\"t\\",\\"n\\":1.10}"  | t    | {"flow_token":"t","n":1.10}
            "{\\"a\\":\\"x\\\\u0000y\\"}"              | NULL | {"a":"x\\ufffdy"}
            "{\\"a\\":\\"\\ud83d\\"}"                  | NULL | {"a":"\ufffd"}
            "{\\"flow_token\\":7}"                     | NULL | {"flow_token":7}
            "[1]"                                      | NULL | [1]
            {"flow_token":"t"}                         | t    | {"flow_token":"t"}
            "not json"                                 | NULL | NULL
            "{} {}"                                    | NULL | NULL
            ""                                         | NULL | NULL
            null                                       | NULL | NULL
            """)
    void theResponseIsJsonInsideOfAString(String responseJson, String token, String response) {
        List<Fact> facts = factsOf("messages", reply("messages", responseJson));

        assertThat(facts)
                .extracting(fact -> fact.item().key())
                .containsExactly("in:" + NUMBER + ":f", "flow:" + NUMBER + ":f");
        Fact.FlowCompleted flow = (Fact.FlowCompleted) facts.getLast();
        assertThat(flow.name()).isEqualTo("flow");
        assertThat(flow.flowToken()).isEqualTo(token);
        assertThat(flow.response()).isEqualTo(response);
        assertThat(flow.person()).isEqualTo(new Person("1", null, null, null, null, null));
        FactChecks.fitForTheDatabase(flow);
    }

    @Test
    void aFlowNestedTooDeepIsKeptAsText() {
        String deep = "[".repeat(500) + "]".repeat(500);
        Fact.FlowCompleted flow = (Fact.FlowCompleted)
                factsOf("messages", reply("messages", '"' + deep + '"')).getLast();

        assertThat(flow.response()).isEqualTo('"' + deep + '"');
    }

    @Test
    void aFlowOfThePastIsNotCompletedAgain() {
        assertThat(factsOf("history", reply("messages", "\"{}\""))).hasSize(1);
        assertThat(factsOf("standby", "\"standby\":{" + reply("messages", "\"{}\"") + "}"))
                .hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"address_message", "payment_method", "tomorrow"})
    void anotherFormIsAMessageAndNoFlow(String name) {
        List<Fact> facts = factsOf(
                "messages", reply("messages", "\"{}\"").replace("\"name\":\"flow\"", "\"name\":\"" + name + "\""));

        assertThat(facts).singleElement().isInstanceOfSatisfying(Fact.MessageTold.class, message -> {
            assertThat(message.body()).isEqualTo("Sent");
            assertThat(message.item().raw()).contains(name);
        });
    }

    @Test
    void aReplyWithoutNameIsAFlow() {
        assertThat(factsOf("messages", reply("messages", "\"{}\"").replace("\"name\":\"flow\",", "")))
                .hasSize(2);
    }

    private static String reply(String list, String responseJson) {
        return """
                "%s":[{"id":"f","from":"1","type":"interactive","interactive":{"type":"nfm_reply",\
                "nfm_reply":{"name":"flow","body":"Sent","response_json":%s}}}]""".formatted(list, responseJson);
    }
}
