package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

@WithStores
class StopTest {
    private final Set<String> answered200 = ConcurrentHashMap.newKeySet();
    private final Map<String, Integer> met = new ConcurrentHashMap<>();

    @Test
    void aStopUnderLoadShowsClientsAnswersAndRefusedConnectionsOnly(Stores stores) throws Exception {
        try (var running = Running.start(stores, Map.of());
                var ingest = new IngestProcess(stores, Map.of());
                var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 32; i++) {
                String name = "client " + i + " post ";
                clients.execute(() -> postUntilRefused(ingest.port(), name));
            }
            await().until(() -> answered200.size() > 1_000);
            ingest.stop();
            clients.shutdown();
            assertThat(clients.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
            assertThat(ingest.process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(met).containsOnlyKeys("200", "refused");
            assertThat(running.bodies()).containsAll(answered200);
            assertThat(ingest.lines).anyMatch(line -> line.contains("ingest=stopped"));
        }
    }

    /// Keeps its connection, as Meta does, and opens another when it was told that this answer is the last.
    private void postUntilRefused(int port, String name) {
        int post = 0;
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
                boolean last = false;
                while (!last) {
                    String body = name + post++;
                    socket.getOutputStream().write(request(body));
                    String status = in.readLine();
                    if (status == null) {
                        met.merge("closed without an answer", 1, Integer::sum);
                        break;
                    }
                    met.merge(status.substring(9, 12), 1, Integer::sum);
                    if (status.contains(" 200 ")) {
                        answered200.add(body);
                    }
                    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                        last |= line.equalsIgnoreCase("Connection: close");
                    }
                }
            } catch (ConnectException e) {
                met.merge("refused", 1, Integer::sum);
                return;
            } catch (IOException e) {
                met.merge(e.toString(), 1, Integer::sum);
            }
        }
    }

    private static byte[] request(String body) {
        return ("POST /webhook HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: "
                        + Meta.sign(body.getBytes(UTF_8), Running.SECRET) + "\r\nContent-Length: " + body.length()
                        + "\r\n\r\n" + body)
                .getBytes(ISO_8859_1);
    }
}
