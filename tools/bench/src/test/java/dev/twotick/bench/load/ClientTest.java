package dev.twotick.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/// What is slow or never comes counts: a figure without it would be too good.
class ClientTest {
    private static final int RATE = 2_000;
    private static final double SECONDS = 0.05;
    private static final int DUE = 100;

    @Test
    void atARateWhatIsRefusedCountsAmongTheTimesAndIsNotAccepted() throws IOException {
        var outcome = postAtARate(503);

        assertThat(outcome.accepted()).isZero();
        assertThat(outcome.refused()).isEqualTo(DUE);
        assertThat(outcome.post().count()).isEqualTo(DUE);
    }

    @Test
    void atARateAllIsPostedThoughTheOnlyConnectionIsBusyWhenItIsDue() throws IOException {
        var outcome = postAtARate(200);

        assertThat(outcome.accepted()).isEqualTo(DUE);
        assertThat(outcome.post().count()).isEqualTo(DUE);
    }

    @Test
    void aHookThatDoesNotComeCountsUntilNobodyWaits() {
        var arrivals = new Arrivals(0, 2);
        long posted = System.nanoTime();
        arrivals.note(0, posted);

        assertThat(arrivals.since(new long[] {posted, posted}, 1).getTotalCount())
                .isEqualTo(2);
    }

    /// Over one connection, to a server whose first answer comes when all is due.
    private static Outcome postAtARate(int status) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        var isFirst = new AtomicBoolean(true);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            if (isFirst.getAndSet(false)) {
                LockSupport.parkNanos((long) (2 * SECONDS * 1e9));
            }
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
        try {
            var order = Order.open(server.getAddress().getPort(), 1, RATE, SECONDS, 0, Order.Shape.SINGLE);
            return new Client(order, Requests.of(order, "secret"), new long[DUE])
                    .run()
                    .outcome(new Histogram(3), 0, List.of());
        } finally {
            server.stop(0);
        }
    }
}
