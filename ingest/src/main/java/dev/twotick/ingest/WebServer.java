package dev.twotick.ingest;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Handler;
import io.javalin.router.matcher.PathParser;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Javalin on Jetty, the webhook's door before it, and the limits that a server on the open internet needs.
final class WebServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WebServer.class);
    private static final int IDLE_MS = 10_000;
    private static final int STOP_MS = 6_000; // over the 4 s in which every request is answered
    private static final int IDLE_AT_LIMIT_MS = 5_000; // over these 4 s too
    private static final int DRAIN_MS = 2_000;
    /// Each holds a buffer for what comes next, and may hold a request: some 50 KB.
    private static final int MAX_CONNECTIONS = connections(64 * 1024);
    /// Each with its engine besides, which is large for as long as the handshake takes.
    private static final int MAX_TLS_CONNECTIONS = connections(128 * 1024);
    /// Of those who probe and scrape, where everybody else comes by TLS.
    private static final int MAX_PLAIN_BESIDE_TLS = 256;
    /// Of connections that the kernel has accepted and we have not: its default of 50 makes a burst wait a second.
    private static final int BACKLOG = 1_024;
    private static final int MAX_HEADER = 8 * 1024;

    private final Javalin javalin;
    private final AtomicBoolean draining = new AtomicBoolean();

    WebServer(
            IngestSettings settings,
            Executor virtual,
            WebhookEndpoint webhook,
            HealthEndpoint health,
            Optional<CertificateWatch> certificate,
            KnownSenders known,
            UnsignedLimit unsigned,
            IngestMetrics metrics) {
        RefusedRequests refused = new RefusedRequests(metrics);
        javalin = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.concurrency.useVirtualThreads = true;
            config.jetty.threadPool = threads(virtual);
            config.http.compressionStrategy = CompressionStrategy.NONE;
            config.router.ignoreTrailingSlashes = true;
            config.router.treatMultipleSlashesAsSingleSlash = true;
            PathParser path = new PathParser(settings.webhookPath(), config.router);
            List<PathParser> routes = new ArrayList<>(List.of(path));
            for (String probe : IngestSettings.PROBES) {
                routes.add(new PathParser(probe, config.router));
            }
            serve(config, refused, new WebhookDoor(path, routes, webhook, unsigned, refused, virtual, draining::get));
            listen(config, settings, certificate, known, metrics);
            get(config, settings.webhookPath(), webhook::handshake);
            get(config, "/health", health::show);
            get(config, "/ready", health::showReadiness);
            get(config, "/live", ctx -> ctx.contentType("application/json").result("{\"status\":\"up\"}"));
            get(
                    config,
                    "/metrics",
                    ctx -> ctx.contentType("text/plain; version=0.0.4").result(metrics.scrape()));
            config.routes.exception(Exception.class, (e, ctx) -> {
                log.error("request=failed", e);
                ctx.status(503).header("Retry-After", "2");
            });
        });
    }

    /// A selector is a thread of the kernel's: on a virtual one it would keep another from running. What blocks runs on
    /// virtual ones.
    private static QueuedThreadPool threads(Executor virtual) {
        QueuedThreadPool threads = new QueuedThreadPool();
        threads.setName("web");
        threads.setVirtualThreadsExecutor(virtual);
        return threads;
    }

    /// And HEAD, which Javalin would answer 200 whatever GET says.
    private static void get(JavalinConfig config, String path, Handler handler) {
        config.routes.get(path, handler);
        config.routes.head(path, handler);
    }

    private static void serve(JavalinConfig config, RefusedRequests refused, WebhookDoor door) {
        config.jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setRequestHeaderSize(MAX_HEADER);
            http.setHeaderCacheSize(0); // with it each connection holds 100 KB
            http.setHttpCompliance(HttpCompliance.STRICT); // what two servers may read in two ways, nobody may say
        });
        config.jetty.modifyServer(server -> {
            server.setStopTimeout(STOP_MS);
            server.setHandler(new RefusedRequests.Arrivals(door));
            server.setRequestLog(refused);
        });
    }

    private static void listen(
            JavalinConfig config,
            IngestSettings settings,
            Optional<CertificateWatch> certificate,
            KnownSenders known,
            IngestMetrics metrics) {
        int plain = certificate.isPresent() ? Math.min(MAX_PLAIN_BESIDE_TLS, MAX_CONNECTIONS) : MAX_CONNECTIONS;
        config.jetty.addConnector((server, http) -> bounded(
                new ServerConnector(server, new TimedConnections(http, known)),
                settings.host(),
                settings.port(),
                plain));
        certificate.ifPresent(shown -> config.jetty.addConnector((server, http) -> bounded(
                new ServerConnector(server, new TimedTls(shown, metrics), new TimedConnections(http, known)),
                settings.host(),
                settings.tls().orElseThrow().port(),
                MAX_TLS_CONNECTIONS)));
    }

    private static ServerConnector bounded(ServerConnector connector, String host, int port, int connections) {
        connector.setHost(host);
        connector.setPort(port);
        connector.setIdleTimeout(IDLE_MS);
        connector.setAcceptQueueSize(BACKLOG);
        NetworkConnectionLimit limit = new NetworkConnectionLimit(connections, connector);
        limit.setEndPointIdleTimeout(IDLE_AT_LIMIT_MS); // makes room
        connector.addBean(limit);
        return connector;
    }

    private static int connections(int bytesEach) {
        return (int) Math.min(8_192, Runtime.getRuntime().maxMemory() / bytesEach);
    }

    /// @throws io.javalin.util.JavalinException when the port is taken
    void start() {
        javalin.start();
    }

    int port() {
        return javalin.port();
    }

    int tlsPort() {
        return connectors().skip(1).findFirst().orElseThrow().getLocalPort();
    }

    private Stream<ServerConnector> connectors() {
        return Stream.of(javalin.jettyServer().server().getConnectors()).map(ServerConnector.class::cast);
    }

    /// Takes no more connections, and answers the requests it has. Until then the connections that are open are served
    /// as before, each answer being their last; so a client that keeps its connection meets no broken one.
    @Override
    public void close() {
        if (draining.get()) {
            return;
        }
        List<InetSocketAddress> addresses = connectors()
                .map(connector -> new InetSocketAddress(connector.getHost(), connector.getLocalPort()))
                .toList();
        connectors().forEach(ServerConnector::close); // the threads that wait in them end them, a little later
        awaitDrained(() -> addresses.stream().noneMatch(WebServer::isOpen));
        draining.set(true); // not before, or clients would come back and be reset in the kernel's queue
        awaitDrained(() -> connectors()
                .allMatch(connector -> connector.getConnectedEndPoints().isEmpty()));
        javalin.stop();
    }

    private static boolean isOpen(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address, DRAIN_MS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void awaitDrained(BooleanSupplier drained) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DRAIN_MS);
        try {
            while (!drained.getAsBoolean() && System.nanoTime() - end < 0) {
                Thread.sleep(10);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
