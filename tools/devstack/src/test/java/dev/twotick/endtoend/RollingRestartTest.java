package dev.twotick.endtoend;

import static dev.twotick.endtoend.Bodies.messages;
import static dev.twotick.endtoend.Bodies.payload;
import static dev.twotick.endtoend.Bodies.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.db.DatabaseSettings;
import dev.twotick.endtoend.Poster.Refused;
import dev.twotick.stores.FreePort;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Each process in turn is ended by SIGTERM and started again, while Meta posts.
@WithStores
class RollingRestartTest {
    private static final int CONNECTIONS = 6;
    private static final Pattern WAMID = Pattern.compile("\"wamid\":\"(wamid\\.Roll[^\"]+)\"");

    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger sequence = new AtomicInteger();
    private volatile boolean going = true;

    @Test
    void noRequestFailsBeyondRefusedConnectionsAndNothingIsLostOrDoubled(Stores stores) throws Exception {
        var database = new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password());
        List<Jvm> processes = new ArrayList<>();
        try (Installation twotick = new Installation(database, stores.redisUrl())) {
            for (int i = 0; i < 2; i++) {
                processes.add(Jvm.ingest("128m", at(FreePort.any(), twotick)));
                processes.add(Jvm.worker("192m", at(FreePort.any(), twotick)));
            }
            processes.forEach(Jvm::ready);
            int[] doors = {processes.get(0).port(), processes.get(2).port()};
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                clients.add(Thread.ofVirtual().start(() -> postSteadily(doors)));
            }

            for (int i = 0; i < processes.size(); i++) {
                Jvm old = processes.get(i);
                awaitMore(100);
                assertThat(old.end()).as(old.log()).isEqualTo(143);
                old.close();
                Map<String, String> environment = at(old.port(), twotick);
                processes.set(i, i % 2 == 0 ? Jvm.ingest("128m", environment) : Jvm.worker("192m", environment));
                processes.get(i).ready();
            }
            awaitMore(100);
            going = false;
            for (Thread client : clients) {
                client.join();
            }
            twotick.settle();

            assertThat(failures).isEmpty();
            assertThat(Set.copyOf(twotick.db
                            .resultQuery("select wamid from message where wamid like 'wamid.Roll%'")
                            .fetch(0, String.class)))
                    .isEqualTo(accepted);
            assertThat(twotick.one("select sum(unread_count) from conversation").toString())
                    .isEqualTo(String.valueOf(accepted.size()));
            await() // a lease of one that was cut off lasts 60
                    .until(() ->
                            twotick.one("select count(*) from hook_delivery").equals(0L));
            Map<String, List<String>> told = told(twotick);
            assertThat(told.keySet()).isEqualTo(accepted);
            assertThat(told.values())
                    .allSatisfy(ids -> assertThat(ids.stream().distinct()).hasSize(1));
            System.out.println(
                    "rolling restart: " + accepted.size() + " accepted, " + refused + " connections refused");
        } finally {
            processes.forEach(Jvm::close);
        }
    }

    private static Map<String, String> at(int port, Installation twotick) {
        Map<String, String> environment = new HashMap<>(twotick.environment);
        environment.put("TWOTICK_HTTP_PORT", String.valueOf(port));
        environment.put("TWOTICK_WORKER_PORT", String.valueOf(port));
        environment.put("TWOTICK_HTTP_HOST", "127.0.0.1");
        return environment;
    }

    private void awaitMore(int posts) {
        int then = accepted.size() + posts;
        await().until(() -> accepted.size() > then || !failures.isEmpty());
    }

    /// A balancer of one client: the other door where a connection is refused.
    private void postSteadily(int[] doors) {
        try (Poster one = new Poster();
                Poster other = new Poster()) {
            while (going) {
                int n = sequence.incrementAndGet();
                String wamid = "wamid.Roll" + n;
                byte[] body = payload(messages("4001", List.of(text("1650555" + (4000 + n % 40), wamid, "hello"))))
                        .getBytes(UTF_8);
                for (int door = n; going || door == n; door++) {
                    try {
                        int status = (door % 2 == 0 ? one : other).post(doors[door % 2], body);
                        if (status == 200) {
                            accepted.add(wamid);
                        } else {
                            failures.add("status " + status);
                        }
                        break;
                    } catch (Refused e) {
                        refused.incrementAndGet();
                    } catch (IOException e) {
                        failures.add(e.toString());
                        break;
                    }
                }
                LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
            }
        } catch (IOException e) {
            failures.add(e.toString());
        }
    }

    /// By wamid, the ids of the calls that told of it.
    private static Map<String, List<String>> told(Installation twotick) {
        return twotick.hook.calls.stream()
                .filter(call -> call.type().equals("message.received"))
                .collect(Collectors.groupingBy(
                        call -> WAMID.matcher(call.body())
                                .results()
                                .map(found -> found.group(1))
                                .findFirst()
                                .orElse("none"),
                        Collectors.mapping(HookReceiver.Call::id, Collectors.toList())));
    }
}
