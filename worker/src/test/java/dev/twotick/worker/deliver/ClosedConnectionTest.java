package dev.twotick.worker.deliver;

import static dev.twotick.worker.outbox.HookTables.event;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.outbox.DeliveryLedger;
import dev.twotick.worker.outbox.HookSettings;
import dev.twotick.worker.outbox.HookTables;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

@WithStores
class ClosedConnectionTest {

    /// Answers the first request of each connection, and closes it when the second one comes.
    @Test
    void aConnectionClosedUnderACallIsNoFailedAttempt(Stores stores) throws Exception {
        AtomicInteger connections = new AtomicInteger();
        HookSettings settings = HookTables.settings();
        try (HookTables tables = new HookTables(stores);
                ServerSocket server = new ServerSocket(0, 10, InetAddress.ofLiteral("127.0.0.1"));
                DeliveryLoop loop = new DeliveryLoop(
                        new DeliveryLedger(tables.db, settings), settings, new SimpleMeterRegistry())) {
            Thread.startVirtualThread(() -> {
                while (!server.isClosed()) {
                    try (Socket socket = server.accept()) {
                        connections.incrementAndGet();
                        readRequest(socket.getInputStream());
                        socket.getOutputStream().write("HTTP/1.1 204 OK\r\n\r\n".getBytes(US_ASCII));
                        readRequest(socket.getInputStream());
                    } catch (Exception e) {
                        // the next connection
                    }
                }
            });
            tables.endpoint("app", "http://127.0.0.1:" + server.getLocalPort() + "/");
            loop.start();

            for (int n = 1; n <= 3; n++) {
                int attempts = n;
                loop.sendFirst(tables.enqueue(settings, List.of(event("a.b", "fact " + n)), 10));
                await().untilAsserted(() -> assertThat(tables.attempts()).hasSize(attempts));
            }

            assertThat(tables.attempts()).containsExactly("delivered", "delivered", "delivered");
            assertThat(connections.get()).isGreaterThan(1);
        }
    }

    /// Up to the brace that closes our body's last member.
    private static void readRequest(InputStream in) throws Exception {
        int last = -1;
        for (int next = in.read(); next != -1; next = in.read()) {
            if (last == '}' && next == '}') {
                return;
            }
            last = next;
        }
    }
}
