package dev.twotick.worker.deliver;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.FreePort;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.deliver.Receiver.Reply;
import dev.twotick.worker.outbox.ErrorClass;
import dev.twotick.worker.outbox.HookTables;
import dev.twotick.worker.outbox.KeptEvents;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.Record;
import org.junit.jupiter.api.Test;

/// What is kept of an attempt: what was answered, by whom, where its time went, and at what it failed.
@WithStores
class AttemptTraceTest extends DeliveryLoopFixture {
    private int facts;

    private Record attempt(int number) {
        return tables.db
                .fetch("select *, host(remote_address) as address from hook_attempt order by id")
                .get(number);
    }

    private void awaitAttempts(int count) {
        await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(count));
    }

    @Test
    void ofAFailureItKeepsTheBeginOfTheAnswerTheAddressAndTheTimes() {
        byte[] page = "héllo, ".repeat(3_000).getBytes(UTF_8);
        tables.endpoint(
                "app", receiver.answering(_ -> new Reply(500, Map.of(), page)).url());

        DeliveryLoop loop = loop(settings, RetrySchedule.STANDARD, PATIENT);

        await("within a second of its head").untilAsserted(() -> {
            commitAndSend(loop, "a.b", "fact " + facts++);
            assertThat(tables.db.fetch("select answer from hook_attempt").getValues(0, String.class))
                    .contains(new String(page, 0, 16 * 1024, UTF_8));
        });
        Record failed = attempt(0);
        assertThat(failed.get("error_class")).isEqualTo("status");
        assertThat(failed.get("address")).isEqualTo("127.0.0.1");
        assertThat(failed.get("dns_ms", Integer.class)).isNotNegative();
        assertThat(failed.get("connect_ms", Integer.class)).isNotNegative();
        assertThat(failed.get("tls_ms")).isNull();
        assertThat(failed.get("first_byte_ms", Integer.class)).isBetween(0, failed.get("duration_ms", Integer.class));
    }

    @Test
    void aCallOnAConnectionThatWasKeptHasNoTimesOfItsOwnAndAnEmptyAnswerIsNone() {
        tables.endpoint("app", receiver.url());
        DeliveryLoop loop = loop();
        commitAndSend(loop, "a.b", "1");
        awaitAttempts(1);

        commitAndSend(loop, "a.b", "2");

        awaitAttempts(2);
        assertThat(attempt(0).get("connect_ms")).isNotNull();
        assertThat(attempt(1).intoMap())
                .containsEntry("dns_ms", null)
                .containsEntry("connect_ms", null)
                .containsEntry("answer", null)
                .containsEntry("error_class", null)
                .containsEntry("address", "127.0.0.1");
    }

    @Test
    void whateverTheBytesOfAnAnswerItsOutcomeIsWritten() {
        byte[] bytes = {'a', 0, (byte) 0xff, 'b', (byte) 0xed, (byte) 0xa0, (byte) 0x80};
        tables.endpoint(
                "app", receiver.answering(_ -> new Reply(200, Map.of(), bytes)).url());

        commitAndSend(loop(), "a.b", "1");

        awaitAttempts(1);
        assertThat(tables.attempts()).containsExactly("delivered");
        assertThat(attempt(0).get("answer", String.class)).startsWith("a\uFFFD\uFFFDb\uFFFD");
    }

    @Test
    void answersThatWaitToBeWrittenAreBoundedAndTheirOutcomesAreNot() {
        byte[] page = "x".repeat(2_000).getBytes(US_ASCII);
        tables.endpoint(
                "app", receiver.answering(_ -> new Reply(200, Map.of(), page)).url());

        commitAndSend(loop(settings, SOON, PATIENT, 4 * 1_000), "a.b", "1");

        awaitAttempts(1);
        assertThat(tables.attempts()).containsExactly("delivered");
        assertThat(attempt(0).get("answer")).isNull();
    }

    @Test
    void whatWasAnsweredToAnEventGoesWithIt() {
        tables.endpoint(
                "app",
                receiver.answeringEach(
                                call -> new Reply(200, Map.of(), call.body().getBytes(UTF_8)))
                        .url());
        DeliveryLoop loop = loop();
        commitAndSend(loop, "a.b", "1");
        commitAndSend(loop, "a.b", "2");
        awaitAttempts(2);
        assertThat(attempt(0).get("answer", String.class)).contains("héllo");

        List<KeptEvents.KeptEvent.Key> keys = new ArrayList<>();
        tables.db.transaction(tx -> {
            KeptEvents.each(tx.dsl(), Instant.EPOCH, Instant.now().plusSeconds(60), kept -> keys.add(kept.key()));
            KeptEvents.erase(tx.dsl(), Map.of(keys.getFirst(), _ -> new byte[0]));
        });

        assertThat(tables.db
                        .fetch("select event_id from hook_attempt where answer is not null")
                        .getValues(0, UUID.class))
                .containsExactly(keys.getLast().id());
    }

    @Test
    void anErrorIsOfTheStepAtWhichItCameAbout() throws Exception {
        int closed = FreePort.any();
        ServerSocket silent = opened(new ServerSocket(0, 10, InetAddress.ofLiteral("127.0.0.1")));
        int closing = server("");
        int babbling = server("220 mail.example ESMTP\r\n");
        int unclear = server("HTTP/1.1 200 OK\r\nTransfer-Encoding: mystery\r\n\r\n");
        int redirecting = server("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");

        assertThat(failure("http://no.such.name/")).isEqualTo(ErrorClass.DNS);
        assertThat(failure("http://private.name/")).isEqualTo(ErrorClass.ADDRESS);
        assertThat(failure("http://localhost:" + closed + "/")).isEqualTo(ErrorClass.CONNECT);
        assertThat(failure("https://localhost:" + babbling + "/")).isEqualTo(ErrorClass.TLS);
        assertThat(failure("http://localhost:" + silent.getLocalPort() + "/", Duration.ofMillis(500)))
                .isEqualTo(ErrorClass.TIMEOUT);
        assertThat(failure("http://localhost:" + closing + "/")).isEqualTo(ErrorClass.CLOSED);
        assertThat(failure("http://localhost:" + unclear + "/")).isEqualTo(ErrorClass.PROTOCOL);
        assertThat(failure("http://localhost:" + redirecting + "/")).isEqualTo(ErrorClass.REDIRECT);
        assertThat(failure(receiver.answering(503).url())).isEqualTo(ErrorClass.STATUS);
        assertThat(failure(receiver.answering(204).url())).isNull();
    }

    /// Says so much to each request, and closes.
    private int server(String answer) throws IOException {
        ServerSocket server = opened(new ServerSocket(0, 10, InetAddress.ofLiteral("127.0.0.1")));
        Thread.startVirtualThread(() -> {
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    socket.getInputStream().read(new byte[8_192]);
                    socket.getOutputStream().write(answer.getBytes(US_ASCII));
                } catch (IOException e) {
                    // the next one
                }
            }
        });
        return server.getLocalPort();
    }

    private static ErrorClass failure(String url) {
        return failure(url, HookTables.settings().timeout());
    }

    private static ErrorClass failure(String url, Duration timeout) {
        try (HookSender sender =
                new HookSender(HookTables.settings(), InstantSource.system(), AttemptTraceTest::address)) {
            ExchangeTrace trace = new ExchangeTrace(System.nanoTime());
            sender.send(OneCall.to(URI.create(url), timeout, Map.of()), List.of(OneCall.call()), trace);
            return trace.kept().failedAt();
        }
    }

    private static InetAddress[] address(String host) throws UnknownHostException {
        return switch (host) {
            case "no.such.name" -> throw new UnknownHostException(host);
            case "private.name" -> new InetAddress[] {InetAddress.ofLiteral("10.0.0.1")};
            default -> new InetAddress[] {InetAddress.ofLiteral("127.0.0.1")};
        };
    }
}
