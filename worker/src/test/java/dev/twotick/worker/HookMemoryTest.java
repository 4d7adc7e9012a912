package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.twotick.model.settings.LiveSettings;
import dev.twotick.model.settings.SettingsReader;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.outbox.EnvironmentEndpoint;
import dev.twotick.worker.outbox.HookSettings;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// A worker in a small heap, as a process.
@WithStores
class HookMemoryTest {

    /// Far more than its heap, as after a night in which the endpoint was down.
    @Test
    void manyLargeEventsThatWaitForAnEndpointAreDeliveredInASmallHeap(Stores stores) throws Exception {
        Set<String> arrived = ConcurrentHashMap.newKeySet();
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 100);
        receiver.createContext("/", exchange -> {
            exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
            arrived.add(exchange.getRequestHeaders().getFirst("webhook-id"));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        receiver.start();
        try (WorkerFixture twotick = new WorkerFixture(stores)) {
            twotick.environment.put(
                    "TWOTICK_HOOK_URL",
                    "http://127.0.0.1:" + receiver.getAddress().getPort() + "/");
            twotick.environment.put("TWOTICK_HOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=");
            twotick.environment.put("TWOTICK_ENCRYPTION_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
            twotick.environment.put("TWOTICK_HOOK_ALLOW_NETS", "127.0.0.0/8");
            new EnvironmentEndpoint(
                            twotick.db,
                            HookSettings.read(new SettingsReader(twotick.environment), new LiveSettings(Map.of())))
                    .begin();
            twotick.empty();
            twotick.db.execute("""
                    insert into hook_page (id, event_ids, types, type_of, account_ids, sizes, bodies)
                    select nextval('hook_page_id'), array[gen_random_uuid()], '{message.received}', '{1}', '{null}',
                        array[length(body)], '\\x00' || convert_to(body, 'UTF8')
                    from (select '"' || repeat('twotick', 750000) || '"' as body from generate_series(1, 120)) n
                    """);
            twotick.db.execute("""
                    insert into hook_delivery (endpoint_id, event_id, event_at, page, place, size, next_attempt_at)
                    select p.id, e.event_ids[1], e.raised_at, e.id, 1, e.sizes[1], now()
                    from hook_page e, hook_endpoint p where p.active
                    """);

            WorkerProcess worker = twotick.process();

            await().until(() -> twotick.number("select count(*) from hook_delivery") == 0);
            assertThat(arrived).hasSize(120);
            assertThat(twotick.number("select count(*) from hook_attempt where outcome = 'delivered'"))
                    .isEqualTo(120);
            assertThat(worker.stop(120)).isTrue();
            twotick.db.execute("truncate hook_endpoint, hook_delivery, hook_page, hook_attempt");
        } finally {
            receiver.stop(0);
        }
    }
}
