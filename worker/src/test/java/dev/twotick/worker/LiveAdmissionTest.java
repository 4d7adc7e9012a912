package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.outbox.EventPlace;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Who may open a socket, and how long it stays so.
@WithStores
class LiveAdmissionTest {
    private static WorkerFixture twotick;
    private static Worker one;
    private static Program crm;
    private static LoggedLines logged;
    private static DeafClient deaf;
    private static Socket answering;

    @BeforeAll
    static void start(Stores stores) throws Exception {
        twotick = new WorkerFixture(stores);
        twotick.empty();
        twotick.environment.put("TWOTICK_API_TOKEN", Program.TOKEN);
        one = twotick.worker(EnumSet.of(Worker.Role.CONSUME, Worker.Role.CONSOLE));
        crm = new Program(one.consolePort());
        logged = new LoggedLines();
        deaf = new DeafClient(one.consolePort(), Program.TOKEN); // for as long as it is heard of
        answering = Socket.of(one.consolePort(), "");
    }

    @AfterAll
    static void close() throws IOException {
        logged.close();
        deaf.close();
        answering.close();
        crm.close();
        twotick.close();
    }

    @Test
    void whoIsNotLetInIsToldSo() throws Exception {
        for (String member :
                List.of(",\"after\":\"yesterday\"", ",\"after\":5", ",\"accounts\":[{}]", ",\"accounts\":\"1\"")) {
            try (Socket odd = new Socket(one.consolePort(), "")) {
                odd.auth(Program.TOKEN, member);
                assertThat(odd.awaitClose()).as(member).isEqualTo(4400);
            }
        }
        try (Socket nonsense = new Socket(one.consolePort(), "")) {
            nonsense.say("hello");
            assertThat(nonsense.awaitClose()).isEqualTo(4400);
        }
        try (Socket wrong = new Socket(one.consolePort(), "");
                Socket late = new Socket(one.consolePort(), "");
                Socket unknown = new Socket(one.consolePort(), "?token=" + Program.TOKEN)) {
            wrong.auth("a-token-that-nobody-made-in-this-world", "");
            assertThat(wrong.awaitClose()).isEqualTo(4401);
            assertThat(unknown.awaitClose()).isEqualTo(4401); // the lasting one belongs into no address
            assertThat(late.awaitClose()).isEqualTo(4401);
            assertThat(late.frames).isEmpty();
        }
        HttpRequest page = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + one.consolePort() + "/ws"))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertThat(client.send(page, BodyHandlers.discarding()).statusCode())
                    .isEqualTo(426);
        }
    }

    @Test
    void aTokenForOneSocketOpensOneOnce() throws Exception {
        String token = crm.asked("POST", "/ws-token", "").get("token").asString();
        try (Socket first = new Socket(one.consolePort(), "?type=message:new&token=" + token)) {
            first.awaitFrames(1);
            twotick.receiveText(1, "by address");
            first.awaitFrame(frame -> first.texts().equals(List.of("by address")));
            try (Socket second = new Socket(one.consolePort(), "?token=" + token)) {
                assertThat(second.awaitClose()).isEqualTo(4401);
            }
            assertThat(first.isOpen()).isTrue();
        }
    }

    @Test
    void aTokenOfTheScopeReadListensUntilItIsTakenAway() throws Exception {
        String token = Command.run(twotick.environment, "token", "add", "reader", "--scope", "read")
                .lastLine()
                .strip();
        try (Socket socket = new Socket(one.consolePort(), "")) {
            socket.auth(token, "");
            socket.awaitFrames(1);
            Command.run(twotick.environment, "token", "remove", "reader");
            assertThat(socket.awaitClose()).isEqualTo(4401);
        }
    }

    @Test
    void aPageListensBySessionAndNoOtherSitesPageDoes() throws Exception {
        Command.Said said = Command.run(twotick.environment, "user", "add", "live", "--scope", "read");
        String link = said.out().replaceFirst("(?s).*link=([A-Za-z0-9_-]+).*", "$1");
        String origin = "http://127.0.0.1:" + one.consolePort();
        try (Browser browser = new Browser(one.consolePort())) {
            browser.post("/sign-in", "link", link);
            browser.page("/overview");
            try (Socket page = new Socket(one.consolePort(), "", "Cookie", browser.cookie(), "Origin", origin);
                    Socket foreign = new Socket(
                            one.consolePort(), "", "Cookie", browser.cookie(), "Origin", "http://evil.example");
                    Socket nowhere = new Socket(one.consolePort(), "", "Cookie", browser.cookie())) {
                page.awaitFrames(1);
                assertThat(foreign.awaitClose()).isEqualTo(4401);
                assertThat(foreign.frames).isEmpty();
                assertThat(nowhere.awaitClose()).isEqualTo(4401);
                assertThat(page.isOpen()).isTrue();
                browser.post("/sign-out");
                assertThat(page.awaitClose()).isEqualTo(4401);
            }
            try (Socket over =
                    new Socket(one.consolePort(), "", "Cookie", "__Host-twotick=" + "x".repeat(43), "Origin", origin)) {
                over.auth(Program.TOKEN, "");
                over.awaitFrames(1);
            }
        }
    }

    @Test
    void whoAnswersNoPingIsCutOffAndWhoDoesIsNot() throws Exception {
        assertThat(deaf.awaitEnd())
                .contains("auth:ok")
                .contains(DeafClient.PING)
                .doesNotContain(DeafClient.CLOSE);
        assertThat(answering.isOpen()).isTrue();
        assertThat(logged.with("live=polling"))
                .as("that Redis was asked whether it lives")
                .isEmpty();
    }

    @Test
    void whoWasAwayTooLongIsToldWhereItBeginsNow() {
        try (Socket socket = new Socket(one.consolePort(), "")) {
            socket.auth(Program.TOKEN, ",\"after\":\"999999999-0\"");
            assertThat(socket.awaitClose()).isEqualTo(4410);
            assertThat(socket.frames.getFirst().get("type").asString()).isEqualTo("gone");
            EventPlace.parse(
                    socket.frames.getFirst().get("payload").get("latest").asString());
        }
    }
}
