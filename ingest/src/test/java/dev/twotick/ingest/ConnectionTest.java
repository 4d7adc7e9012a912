package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@WithStores
@ParameterizedClass
@EnumSource(Way.class)
class ConnectionTest {
    @Parameter
    private Way way;

    private Running running;

    @BeforeEach
    void start(Stores stores) throws Exception {
        running = Running.start(stores, way.settings());
        running.sql("truncate payload_log");
    }

    @AfterEach
    void stop() {
        running.close();
    }

    @Test
    void postsThatDoNotWaitForAnswersAreAllAnsweredAndLogged() throws Exception {
        List<String> bodies =
                IntStream.range(0, 200).mapToObj(post -> "post " + post).toList();
        try (var client = way.client(running.ingest)) {
            client.say(bodies.stream().map(ConnectionTest::post).collect(joining()));
            for (int answer = 0; answer < bodies.size(); answer++) {
                assertThat(client.hearStatus()).isEqualTo(200);
            }
            client.say(post("when all was quiet"));
            assertThat(client.hearStatus()).isEqualTo(200);
        }
        assertThat(running.bodies()).containsAll(bodies).contains("when all was quiet");
    }

    @Test
    void aBodyThatComesByteByByteWhenItIsAskedForIsLogged() throws Exception {
        String post = post("by and by").replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
        int body = post.indexOf("\r\n\r\n") + 4;
        try (var client = way.client(running.ingest)) {
            client.say(post.substring(0, body));
            assertThat(client.hearStatus()).isEqualTo(100);
            for (char next : post.substring(body).toCharArray()) {
                client.say(String.valueOf(next));
            }
            assertThat(client.hearStatus()).isEqualTo(200);
        }
        assertThat(running.bodies()).containsExactly("by and by");
    }

    @Test
    void whoGoesAwayBeforeTheAnswerIsLoggedAndHoldsNothing(Stores stores) throws Exception {
        try (var lock = stores.connect()) {
            lock.setAutoCommit(false);
            lock.createStatement().execute("lock table payload_log in exclusive mode");
            try (var one = way.client(running.ingest);
                    var other = way.client(running.ingest)) {
                one.say(post("gone 1"));
                other.say(post("gone 2"));
                await().until(() -> running.metrics().contains("in_flight_bytes 12"));
            }
            lock.commit();
        }
        await().until(() -> running.metrics().contains("in_flight_bytes 0"));
        assertThat(running.kept()).containsExactlyInAnyOrder("gone 1", "gone 2");
        assertThat(running.meta.post("the next").statusCode()).isEqualTo(200);
    }

    private static String post(String body) {
        return "POST /webhook HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: "
                + Meta.sign(body.getBytes(ISO_8859_1), Running.SECRET) + "\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }
}
