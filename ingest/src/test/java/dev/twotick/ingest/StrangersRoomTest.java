package dev.twotick.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Whose signature is right shows when the body is there: until then anybody may hold room and connections. Strangers
/// come from another network than Meta.
@WithStores
@ParameterizedClass
@EnumSource(Way.class)
class StrangersRoomTest {
    private static final int LONGEST = 3 * 1024 * 1024;
    private static final String POST =
            "POST /webhook HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256=" + "0".repeat(64) + "\r\n";

    private static Running running;

    @Parameter
    private Way way;

    @BeforeParameterizedClassInvocation
    static void start(Way way, Stores stores) {
        Map<String, String> settings = new HashMap<>(way.settings());
        settings.put("TWOTICK_IN_FLIGHT_MB", "8");
        running = Running.start(stores, settings);
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        running.close();
    }

    @Test
    void whoSendsNothingOfItsBodyHoldsNothing() throws Exception {
        try (RawClient client = way.stranger(running.ingest)) {
            client.say(POST + "Expect: 100-continue\r\nContent-Length: 100\r\n\r\n");
            assertThat(client.hearStatus()).isEqualTo(100); // it is being read
            running.meta.postUnsigned(new byte[0]);
            String unsigned = "twotick_ingest_posts_total{outcome=\"no header\",status=\"401\"} 1";
            await().untilAsserted(() ->
                    assertThat(running.metrics()).contains(unsigned).contains("twotick_ingest_in_flight_bytes 0"));
            client.say("x");
            await().until(() -> running.metrics().contains("twotick_ingest_in_flight_bytes 100"));
        }
    }

    @Test
    void strangersTogetherDoNotTakeTheRoomOfWhoHasSentSignedPosts() throws Exception {
        assertThat(running.meta.post("{}").statusCode()).isEqualTo(200);
        try (RawClient holder = way.stranger(running.ingest);
                RawClient next = way.stranger(running.ingest)) {
            holder.say(POST + "Content-Length: " + LONGEST + "\r\n\r\n");
            holder.say(new byte[LONGEST - 1]);
            await().until(() -> running.metrics().contains("twotick_ingest_in_flight_bytes " + LONGEST));
            next.say(POST + "Content-Length: " + LONGEST + "\r\n\r\n");
            next.say(new byte[LONGEST]);
            assertThat(next.hearStatus()).isEqualTo(503);
            assertThat(running.meta.post(new byte[LONGEST]).statusCode()).isEqualTo(200);
        }
        await().until(() -> running.metrics().contains("twotick_ingest_in_flight_bytes 0"));
    }

    /// Fast enough never to be idle, and too slow to be Meta.
    @Test
    void whoDawdlesOverALongBodyIsCutOff() throws Exception {
        try (RawClient client = way.stranger(running.ingest)) {
            client.say(POST + "Content-Length: " + LONGEST + "\r\n\r\n");
            for (int sent = 0; sent < LONGEST && client.say(new byte[8_192]); sent += 8_192) {
                LockSupport.parkNanos(200_000_000);
            }
            assertThat(client.hear().statuses()).isSubsetOf(408); // or reset, when it went on talking
        }
    }

    /// A proxy keeps its connections for a minute and longer. Should ingest close one just when a post is on its way,
    /// Meta hears 502.
    @Test
    void whoHasSentSignedPostsKeepsItsConnectionsWhenStrangersAreLongGone() throws Exception {
        try (RawClient kept = way.client(running.ingest);
                RawClient keptToo = way.client(running.ingest)) {
            byte[] body = {'{', '}'};
            String signed = "POST /webhook HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: "
                    + Meta.sign(body, Running.SECRET) + "\r\nContent-Length: 2\r\n\r\n{}";
            kept.say(signed);
            assertThat(kept.hearStatus()).isEqualTo(200);
            keptToo.say(POST + "Content-Length: 2\r\n\r\n{}"); // a stranger's, through the same proxy
            assertThat(keptToo.hearStatus()).isEqualTo(401);

            try (RawClient stranger = way.stranger(running.ingest);
                    RawClient silent = way.client(running.ingest)) {
                stranger.say(POST + "Content-Length: 2\r\n\r\n{}");
                assertThat(stranger.hear().statuses()).containsExactly(401);
                assertThat(silent.hear().closed()).isTrue();
            }
            kept.say(signed);
            assertThat(kept.hearStatus()).isEqualTo(200);
            keptToo.say(signed);
            assertThat(keptToo.hearStatus()).isEqualTo(200);
        }
    }
}
