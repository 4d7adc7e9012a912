package dev.twotick.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@WithStores
class HandshakeTest {
    private static Running running;

    @BeforeAll
    static void start(Stores stores) {
        running = Running.start(stores, Map.of());
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    @Test
    void theInstallationsTokenIsAnsweredWithTheBareChallenge() {
        var answer = running.meta.handshake(asking(Running.TOKEN));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("1158201444");
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/plain");
        assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    }

    @Test
    void aTrailingSlashIsAccepted() {
        assertThat(running.path("/webhook/").handshake(asking(Running.TOKEN)).statusCode())
                .isEqualTo(200);
    }

    @Test
    void anAccountsOwnTokenCountsFromTheMomentItIsSetUntilTheAccountIsInactive() throws Exception {
        assertThat(running.meta.handshake(asking("its own")).statusCode()).isEqualTo(403);
        running.sql("insert into account (phone_number_id, verify_token) values ('1', 'its own'), ('2', '')");
        assertThat(running.meta.handshake(asking("its own")).statusCode()).isEqualTo(200);
        running.sql("insert into account (phone_number_id, verify_token, active) values ('3', 'retired', false)");
        assertThat(running.meta.handshake(asking("retired")).statusCode()).isEqualTo(403);
    }

    @Test
    void whenItCameWithWhichTokenIsNoted() throws Exception {
        running.sql("delete from handshake");
        running.meta.handshake(asking("nobody's"));
        running.meta.handshake(asking(Running.TOKEN));
        await().until(() -> running.number("select count(*) from handshake where token_hash = ''") == 1);
        running.sql("insert into account (phone_number_id, verify_token) values ('4', 'noted')");
        running.meta.handshake(asking("noted"));
        running.meta.handshake(asking("noted"));
        await().until(() -> running.number("select count(*) from handshake where token_hash = sha256('noted')") == 1);
        assertThat(running.number("select count(*) from handshake where token_hash = sha256('nobody''s')"))
                .isZero();
    }

    @Test
    void anotherTokenIsRefused() {
        var answer = running.meta.handshake(asking("wrong"));
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).doesNotContain("1158201444");
    }

    @Test
    void anEmptyTokenIsRefused() {
        assertThat(running.meta.handshake(asking("")).statusCode()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hub.mode", "hub.challenge", "hub.verify_token"})
    void nothingMayBeMissing(String part) {
        Map<String, String> parameters = new TreeMap<>(asking(Running.TOKEN));
        parameters.remove(part);
        assertThat(running.meta.handshake(parameters).statusCode()).isEqualTo(403);
    }

    @Test
    void anotherModeIsRefused() {
        Map<String, String> parameters = new TreeMap<>(asking(Running.TOKEN));
        parameters.put("hub.mode", "unsubscribe");
        assertThat(running.meta.handshake(parameters).statusCode()).isEqualTo(403);
    }

    private static Map<String, String> asking(String token) {
        return Map.of("hub.mode", "subscribe", "hub.challenge", "1158201444", "hub.verify_token", token);
    }
}
