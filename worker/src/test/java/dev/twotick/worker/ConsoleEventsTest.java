package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Events as programs fetch them from a console, while a worker applies what comes.
@WithStores
class ConsoleEventsTest {
    private static final String TOKEN = "a-token-of-a-program-of-the-environment";

    private static final HttpClient client = HttpClient.newHttpClient();
    private static WorkerFixture twotick;
    private static Worker worker;
    private static int messages;

    @BeforeAll
    static void start(Stores stores) throws Exception {
        twotick = new WorkerFixture(stores);
        twotick.empty();
        twotick.environment.put("TWOTICK_API_TOKEN", TOKEN);
        worker = twotick.worker(EnumSet.of(Worker.Role.CONSUME, Worker.Role.CONSOLE));
        twotick.receiveText(++messages, "by which the account is discovered");
    }

    @AfterAll
    static void close() {
        client.close();
        twotick.close();
    }

    /// The worker goes on, so no wamid comes twice.
    @BeforeEach
    void empty() {
        twotick.settle();
        twotick.emptyLogAndHooks();
    }

    private HttpResponse<String> get(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + worker.consolePort() + "/api/v1" + path))
                .header("Authorization", "Bearer " + TOKEN)
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    private JsonNode events(String query) throws Exception {
        HttpResponse<String> answer = get("/events?" + query);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JsonMapper.shared().readTree(answer.body());
    }

    private static List<String> types(JsonNode answer) {
        List<String> types = new ArrayList<>();
        answer.get("items")
                .forEach(item -> types.add(item.get("body").get("type").asString()));
        return types;
    }

    @Test
    void aProgramThatWasAwayGoesOnWhereItWas() throws Exception {
        String before = events("after=latest").get("next").asString();
        twotick.receiveText(++messages, "hello");
        twotick.settle();
        await().until(() -> types(events("after=" + before)).size() == 2);

        JsonNode first = events("limit=1&after=" + before);
        assertThat(first.get("more").asBoolean()).isTrue();
        JsonNode rest = events("after=" + first.get("next").asString());
        assertThat(rest.get("more").asBoolean()).isFalse();
        List<String> both = new ArrayList<>(types(first));
        both.addAll(types(rest));
        assertThat(both).containsExactlyInAnyOrder("contact.created", "message.received");
        assertThat(types(events("after=" + rest.get("next").asString()))).isEmpty();

        JsonNode received = events("type=message.*&account=" + MetaBodies.NUMBER + "&after=" + before);
        assertThat(types(received)).containsExactly("message.received");
        JsonNode item = received.get("items").get(0);
        assertThat(item.get("body").get("data").get("text").asString()).isEqualTo("hello");
        assertThat(get("/hook-events/" + item.get("id").asString() + "?at="
                                + item.get("raised_at").asString())
                        .statusCode())
                .isEqualTo(200);
        assertThat(types(events("after=" + item.get("cursor").asString())).size())
                .isLessThan(2);
    }

    @Test
    void whatCannotBeAskedIsSaid() throws Exception {
        assertThat(get("/events?after=yesterday").body()).contains("a cursor of events looks like 1204-3");
        assertThat(get("/events?limit=0").statusCode()).isEqualTo(400);
        assertThat(get("/events?type=Message").statusCode()).isEqualTo(400);
        assertThat(get("/events?account=nobody").body()).contains("no account has this phone_number_id");
        HttpResponse<String> gone = get("/events?after=999999999-0");
        assertThat(gone.statusCode()).isEqualTo(410);
        assertThat(gone.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/problem+json");
        assertThat(JsonMapper.shared().readTree(gone.body()).get("latest").asString())
                .isEqualTo(events("after=latest").get("next").asString());
    }
}
