package dev.twotick.ingest;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import java.io.IOException;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Javalin on Jetty with a virtual thread per request, and the limits that a server on the open internet needs.
final class WebServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WebServer.class);
    private static final int IDLE_MS = 10_000;
    private static final int STOP_MS = 6_000; // over the 4 s in which every request is answered
    private static final int MAX_CONNECTIONS = 8_192;
    private static final int MAX_HEADER = 8 * 1024;

    private final Javalin javalin;

    WebServer(IngestSettings settings, WebhookEndpoint webhook, Health health, IngestMetrics metrics) {
        javalin = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.concurrency.useVirtualThreads = true;
            config.http.compressionStrategy = CompressionStrategy.NONE;
            config.router.ignoreTrailingSlashes = true;
            listen(config, settings);
            config.routes.get(settings.webhookPath(), webhook::handshake);
            config.routes.post(settings.webhookPath(), webhook::receive);
            config.routes.get("/health", health::show);
            config.routes.get(
                    "/metrics",
                    ctx -> ctx.contentType("text/plain; version=0.0.4").result(metrics.scrape()));
            config.routes.exception(IOException.class, (e, ctx) -> {
                log.debug("request=cut_off error={}", e.getClass().getSimpleName());
                ctx.status(400);
                metrics.answered(400, "cut off");
            });
            config.routes.exception(Exception.class, (e, ctx) -> {
                log.error("request=failed", e);
                ctx.status(503).header("Retry-After", "2");
                metrics.answered(503, "fault");
            });
        });
    }

    private static void listen(JavalinConfig config, IngestSettings settings) {
        config.jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setRequestHeaderSize(MAX_HEADER);
        });
        config.jetty.modifyServer(server -> {
            server.setStopTimeout(STOP_MS);
            server.setHandler(new GracefulHandler()); // lets stop() wait for the requests it has
        });
        config.jetty.addConnector((server, http) -> {
            ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
            connector.setHost(settings.host());
            connector.setPort(settings.port());
            connector.setIdleTimeout(IDLE_MS);
            connector.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, connector));
            return connector;
        });
    }

    /// @throws io.javalin.util.JavalinException when the port is taken
    void start() {
        javalin.start();
    }

    int port() {
        return javalin.port();
    }

    /// Takes no more connections, and answers the requests it has.
    @Override
    public void close() {
        javalin.stop();
    }
}
