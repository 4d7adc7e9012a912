package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What an orchestrator, a monitor and a stranger hear on the worker's port.
@WithStores
class HealthServerTest {
    private static final int CONNECTIONS = 8; // of the consumers' pool

    private final WorkerFixture twotick;
    private final HttpClient client = HttpClient.newHttpClient();

    HealthServerTest(Stores stores) {
        twotick = new WorkerFixture(stores);
    }

    @BeforeEach
    void empty() {
        twotick.empty();
    }

    @AfterEach
    void close() {
        twotick.close();
        client.close();
    }

    private HttpResponse<String> ask(Worker worker, String method, String path) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + worker.port() + path));
        return client.send(
                request.method(method, HttpRequest.BodyPublishers.noBody()).build(), BodyHandlers.ofString());
    }

    private int status(Worker worker, String method, String path) throws Exception {
        return ask(worker, method, path).statusCode();
    }

    @Test
    void headSaysWhatGetSaysAndNothingForeignIsLogged() throws Exception {
        List<String> foreign = new CopyOnWriteArrayList<>();
        Handler listener = new Handler() {
            @Override
            public void publish(LogRecord line) {
                foreign.add(line.getLoggerName() + " " + line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger.getLogger("").addHandler(listener); // text on the way to stderr, beside the JSON
        try {
            Worker worker = twotick.worker();
            for (String path : List.of("/health", "/ready", "/live", "/metrics", "/nowhere", "/healthy", "/")) {
                var get = ask(worker, "GET", path);
                var head = ask(worker, "HEAD", path);
                assertThat(head.statusCode()).as(path).isEqualTo(get.statusCode());
                assertThat(head.headers().firstValue("Content-Type"))
                        .as(path)
                        .isEqualTo(get.headers().firstValue("Content-Type"));
                assertThat(head.body()).isEmpty();
            }
            assertThat(status(worker, "GET", "/healthy")).isEqualTo(404);
            assertThat(foreign).isEmpty();
        } finally {
            Logger.getLogger("").removeHandler(listener);
        }
    }

    @Test
    void aWorkerThatWaitsForAStoreIsAliveAndNotReady(Stores stores) throws Exception {
        Worker worker = twotick.worker();
        assertThat(status(worker, "GET", "/ready")).isEqualTo(200);
        stores.stopRedis();
        try {
            await().until(() -> status(worker, "GET", "/ready") == 503);
            assertThat(status(worker, "HEAD", "/ready")).isEqualTo(503);
            assertThat(status(worker, "HEAD", "/health")).isEqualTo(503);
            assertThat(status(worker, "GET", "/live")).isEqualTo(200);
            assertThat(status(worker, "HEAD", "/live")).isEqualTo(200);
        } finally {
            stores.startRedis();
        }
        await().until(() -> status(worker, "GET", "/ready") == 200);
    }

    /// It would apply nothing, though both stores answer.
    @Test
    void aWorkerThatWaitsForTheSchemaIsNotReady() throws Exception {
        twotick.db.execute("alter table flyway_schema_history rename to elsewhere");
        Worker worker = new Worker(
                WorkerSettings.read(twotick.environment), EnumSet.of(Worker.Role.CONSUME, Worker.Role.DELIVER));
        Thread starts = Thread.ofVirtual().start(() -> start(worker));
        try {
            await().ignoreExceptions().until(() -> worker.port() > 0);
            assertThat(ask(worker, "GET", "/health").body()).contains("\"status\":\"waiting\"", "\"postgres\":\"up\"");
            assertThat(status(worker, "GET", "/ready")).isEqualTo(503);
            assertThat(status(worker, "GET", "/live")).isEqualTo(200);
        } finally {
            twotick.db.execute("alter table elsewhere rename to flyway_schema_history");
        }
        await().until(() -> status(worker, "GET", "/ready") == 200);
        worker.close();
        starts.join();
    }

    private static void start(Worker worker) {
        try {
            worker.start();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aBusyPoolIsNoReasonToCallPostgresDown(Stores stores) throws Exception {
        Worker worker = twotick.worker();
        try (var applying = Executors.newVirtualThreadPerTaskExecutor();
                var lock = stores.connect()) {
            lock.setAutoCommit(false);
            lock.createStatement().execute("lock table message in exclusive mode");
            for (int i = 0; i < CONNECTIONS; i++) {
                QueuedPayload payload = QueuedPayload.fresh(
                        PayloadId.at(Instant.now()),
                        Instant.now(),
                        MetaBodies.text("1650556" + i, "wamid.Busy" + i, 1_795_000_000, "hello"),
                        "app");
                applying.execute(() -> apply(worker, payload));
            }
            await().until(() -> twotick.number("select count(*) from pg_stat_activity"
                            + " where application_name = 'twotick-worker' and wait_event_type = 'Lock'")
                    == CONNECTIONS);
            assertThat(ask(worker, "GET", "/health").body()).contains("\"postgres\":\"up\"");
            assertThat(status(worker, "GET", "/ready")).isEqualTo(200);
        }
    }

    private static void apply(Worker worker, QueuedPayload payload) {
        try {
            worker.pipeline().process(List.of(new PayloadPipeline.Delivery(payload, UUID.randomUUID(), null)), false);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void itListensOnLoopbackUnlessToldOtherwise() throws Exception {
        twotick.environment.put("TWOTICK_HTTP_HOST", "0.0.0.0"); // of ingest
        Worker worker = twotick.worker();
        assertThat(listens(InetAddress.getLoopbackAddress(), worker.port())).isTrue();
        for (InetAddress address : addressesOfThisMachine()) {
            assertThat(listens(address, worker.port())).as("%s", address).isFalse();
        }
        assertThat(WorkerSettings.read(twotick.environment).host()).isEqualTo("127.0.0.1");
        twotick.environment.put("TWOTICK_WORKER_HOST", "0.0.0.0");
        assertThat(WorkerSettings.read(twotick.environment).host()).isEqualTo("0.0.0.0");
    }

    private static List<InetAddress> addressesOfThisMachine() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                .toList();
    }

    private static boolean listens(InetAddress address, int port) {
        try (Socket _ = new Socket(address, port)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
