package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@WithStores
class BodySizeTest {
    private static final int LIMIT = 3 * 1024 * 1024;

    private static Running running;

    @BeforeAll
    static void start(Stores stores) {
        running = Running.start(stores, Map.of("TWOTICK_IN_FLIGHT_MB", "4"));
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    @Test
    void threeMebibytesAreLoggedAndComeToTheWorkersWithoutTheirBody() throws Exception {
        byte[] body = filled(LIMIT);
        assertThat(running.meta.post(body).statusCode()).isEqualTo(200);
        assertThat(running.log().getLast().body()).isEqualTo(body);
        assertThat(running.meta.postChunked(body).statusCode()).isEqualTo(200);
        List<String> ids = running.log().stream().map(Running.LogRow::id).toList();
        List<String> both = ids.subList(ids.size() - 2, ids.size());
        await().untilAsserted(() -> assertThat(running.stream())
                .filteredOn(entry -> both.contains(entry.id().toString()))
                .hasSize(2)
                .allMatch(entry -> entry.body() == null));
    }

    @Test
    void oneByteMoreIsTooLong() throws Exception {
        int before = running.log().size();
        assertThat(running.meta.post(filled(LIMIT + 1)).statusCode()).isEqualTo(413);
        assertThat(running.meta.postChunked(filled(LIMIT + 1)).statusCode()).isEqualTo(413);
        assertThat(running.log()).hasSize(before);
    }

    @Test
    void aLongBodyWithoutASignatureIsUnauthorized() {
        assertThat(running.meta.postUnsigned(filled(LIMIT)).statusCode()).isEqualTo(401);
    }

    @Test
    void noRoomForABodyIsServiceUnavailableUntilThereIsRoomAgain() throws IOException {
        try (Socket holder = new Socket(InetAddress.getLoopbackAddress(), running.ingest.port())) {
            String head = "POST /webhook HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256=" + "0".repeat(64)
                    + "\r\nContent-Length: " + LIMIT + "\r\n\r\n";
            holder.getOutputStream().write(head.getBytes(US_ASCII));
            holder.getOutputStream().write(filled(LIMIT - 1));
            await().until(() -> running.metrics().contains("in_flight_bytes 3145728"));
            var answer = running.meta.post(filled(2 * 1024 * 1024));
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).isPresent();
            assertThat(running.meta.post("{}").statusCode()).isEqualTo(200);
        }
        await().until(() -> running.metrics().contains("in_flight_bytes 0"));
        assertThat(running.meta.post(filled(2 * 1024 * 1024)).statusCode()).isEqualTo(200);
    }

    private static byte[] filled(int length) {
        byte[] body = new byte[length];
        Arrays.fill(body, (byte) 'x');
        return body;
    }
}
