package dev.twotick.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.bench.load.Order.Shape;
import dev.twotick.devstack.Signature;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What is posted.
class RequestsTest {
    private static final String SECRET = "a secret";
    private static final JsonMapper json = JsonMapper.builder().build();

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 100})
    void everyBodyIsSignedAndNoTwoUpdatesAreTheSame(int updates) {
        var facts = new ArrayList<String>();
        for (var request : requests(4_000 / updates, Shape.SINGLE.withUpdates(updates))) {
            int body = request.indexOf("\r\n\r\n") + 4;
            assertThat(request.substring(0, body))
                    .contains("X-Hub-Signature-256: "
                            + Signature.of(request.substring(body).getBytes(UTF_8), SECRET));
            facts.addAll(facts(json.readTree(request.substring(body))));
        }

        assertThat(facts).hasSize(4_000).doesNotHaveDuplicates();
        assertThat(facts.stream().filter(fact -> fact.startsWith("message"))).hasSize(1_000);
    }

    @Test
    void whatAHookTellsOfIsFoundByItsNumber() {
        var numbers = new HashSet<Long>();
        for (var request : requests(400, Shape.SINGLE)) {
            var value = value(json.readTree(request.substring(request.indexOf("\r\n\r\n") + 4)), 0);
            numbers.add(
                    value.has("messages")
                            ? Traffic.updateOf(
                                    "message.received",
                                    value.at("/messages/0/id").asString())
                            : Traffic.updateOf(
                                    "message." + value.at("/statuses/0/status").asString(),
                                    value.at("/statuses/0/id").asString()));
        }

        assertThat(numbers).hasSize(400).contains(1_000L, 1_399L);
    }

    @Test
    void everyTenthMessageBringsAnotherName() {
        var names = requests(400, Shape.SINGLE.withRenamed(10)).stream()
                .filter(request -> request.contains(" alias "))
                .toList();

        assertThat(names).hasSize(10);
    }

    private static List<String> requests(int count, Shape shape) {
        var order = Order.all(1, 1, count, 1_000, shape);
        var requests = Requests.of(order, SECRET);
        var all = new ArrayList<String>();
        for (int i = 0; i < requests.count(); i++) {
            all.add(new String(requests.get(i), UTF_8));
        }
        return all;
    }

    private static List<String> facts(JsonNode payload) {
        var facts = new ArrayList<String>();
        for (int i = 0; i < payload.at("/entry/0/changes").size(); i++) {
            var value = value(payload, i);
            facts.add(
                    value.has("messages")
                            ? "message " + value.at("/messages/0/id").asString()
                            : value.at("/statuses/0/status").asString() + " "
                                    + value.at("/statuses/0/id").asString());
        }
        return facts;
    }

    private static JsonNode value(JsonNode payload, int change) {
        return payload.at("/entry/0/changes/" + change + "/value");
    }
}
