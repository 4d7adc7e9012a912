package dev.twotick.worker.deliver;

import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Receivers that close, cut and hold open: what an answer is, and what says something about the endpoint.
@WithStores
class ClosedConnectionTest extends DeliveryLoopFixture {

    /// How a receiver treats one connection.
    private interface Treatment {
        void of(InputStream in, OutputStream out) throws Exception;
    }

    private String receiver(Treatment treatment) throws IOException {
        ServerSocket server = opened(new ServerSocket(0, 100, InetAddress.ofLiteral("127.0.0.1")));
        Thread.startVirtualThread(() -> {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    Thread.startVirtualThread(() -> treat(socket, treatment));
                } catch (IOException e) {
                    return;
                }
            }
        });
        return "http://127.0.0.1:" + server.getLocalPort() + "/";
    }

    private static void treat(Socket socket, Treatment treatment) {
        try (socket) {
            treatment.of(socket.getInputStream(), socket.getOutputStream());
        } catch (Exception e) {
            // the sender has closed it
        }
    }

    @Test
    void aConnectionClosedUnderACallIsNoFailedAttempt() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        tables.endpoint("app", receiver((in, out) -> {
            connections.incrementAndGet();
            readRequest(in);
            say(out, "HTTP/1.1 204 OK\r\n\r\n");
            readRequest(in);
        }));
        DeliveryLoop loop = loop();

        for (int n = 1; n <= 3; n++) {
            int attempts = n;
            commitAndSend(loop, "a.b", "fact " + n);
            await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(attempts));
        }

        assertThat(tables.attempts()).containsExactly("delivered", "delivered", "delivered");
        assertThat(connections.get()).isGreaterThan(1);
    }

    /// As after its restart: every connection that was kept fails at the next call, and a fresh one does not.
    @Test
    void allKeptConnectionsOfAReceiverThatRestartedAreNoFailure() throws Exception {
        int kept = 8; // so many calls at once begin a queue
        CountDownLatch all = new CountDownLatch(kept);
        tables.endpoint("app", receiver((in, out) -> {
            readRequest(in);
            all.countDown();
            all.await();
            say(out, "HTTP/1.1 204 OK\r\n\r\n");
            readRequest(in);
        }));
        DeliveryLoop loop = loop();
        for (int n = 1; n <= kept; n++) {
            commitAndSend(loop, "a.b", "before " + n);
        }
        await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(kept));

        commitAndSend(loop, "a.b", "after");

        await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(kept + 1));
        assertThat(tables.attempts()).containsOnly("delivered");
        assertThat(tables.db.fetchSingle(HOOK_ENDPOINT).get(HOOK_ENDPOINT.FAILURES))
                .isZero();
    }

    @Test
    void aFreshConnectionThatIsClosedIsAFailureAndTheCallIsNotMadeTwiceForIt() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        tables.endpoint("app", receiver((in, _) -> {
            readRequest(in);
            requests.incrementAndGet();
        }));

        commitAndSend(loop(), "a.b", "1");

        await().untilAsserted(() -> assertThat(tables.attempts()).containsExactly("retry", "retry", "retry", "dead"));
        assertThat(requests.get()).isEqualTo(4);
    }

    @Test
    void anAnswer2xxIsDeliveredOnceHoweverItsBodyEnds() throws Exception {
        for (String answer : List.of(
                "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: " + 200_000_000L + "\r\n\r\n" + "x".repeat(100_000))) {
            deliversOnce(answer, (_, _) -> {});
        }
    }

    @Test
    void anAnswer2xxWhoseBodyNeverEndsIsDeliveredOnce() throws Exception {
        CountDownLatch never = opened(new Never()).latch;
        for (String answer : List.of(
                "HTTP/1.1 200 OK\r\n\r\nuntil it closes",
                "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n")) {
            deliversOnce(answer, (_, _) -> never.await());
        }
    }

    private void deliversOnce(String answer, Treatment afterwards) throws Exception {
        tables.clear();
        AtomicInteger requests = new AtomicInteger();
        tables.endpoint("app", receiver((in, out) -> {
            readRequest(in);
            requests.incrementAndGet();
            say(out, answer);
            afterwards.of(in, out);
        }));
        try (DeliveryLoop loop = loop()) {
            commitAndSend(loop, "a.b", "1");
            await().untilAsserted(() -> assertThat(tables.attempts()).isNotEmpty());
        }
        assertThat(tables.attempts())
                .as(answer.lines().limit(3).toList().toString())
                .containsExactly("delivered");
        assertThat(tables.deliveries()).isZero();
        assertThat(requests.get()).isEqualTo(1);
    }

    private static void say(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(US_ASCII));
        out.flush();
    }

    /// The head, and as many bytes as it announces.
    private static void readRequest(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("closed");
            }
            head.append((char) next);
        }
        int length = head.toString()
                .lines()
                .filter(line -> line.regionMatches(true, 0, "content-length:", 0, 15))
                .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
                .findFirst()
                .orElseThrow();
        assertThat(new String(in.readNBytes(length), ISO_8859_1)).endsWith("}}");
    }

    private static final class Never implements AutoCloseable {
        final CountDownLatch latch = new CountDownLatch(1);

        @Override
        public void close() {
            latch.countDown();
        }
    }
}
