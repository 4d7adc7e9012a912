package dev.twotick.worker;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.util.JavalinException;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.ServerConnector;

/// What is said on `TWOTICK_WORKER_PORT`: `/live` that the process serves, `/ready` and `/health` whether it can work
/// (200, else 503), and how long a batch has waited for the database, and for what; `/metrics` for Prometheus. Answers
/// are up to a second old, so that nobody who reaches the port can take what consumers need.
final class HealthServer implements AutoCloseable {
    private static final int CONNECTIONS = 256;
    private static final int IDLE_MS = 30_000;
    private static final int IDLE_AT_LIMIT_MS = 5_000; // over what an answer takes

    private final String host;
    private final int port;
    private final Javalin javalin;

    /// @param host the address to listen on
    /// @param port 0 for any free one
    HealthServer(String host, int port, Readiness readiness, PrometheusMeterRegistry metrics) {
        this.host = host;
        this.port = port;
        Recent<Readiness.Answer> ready = new Recent<>(readiness::ask);
        Recent<String> scrape = new Recent<>(metrics::scrape);
        javalin = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.concurrency.useVirtualThreads = true;
            config.http.compressionStrategy = CompressionStrategy.NONE;
            listen(config);
            show(config, "/live", ctx -> json(ctx, 200, "{\"status\":\"up\"}"));
            show(config, "/ready", ctx -> show(ctx, ready.get()));
            show(config, "/health", ctx -> show(ctx, ready.get()));
            show(
                    config,
                    "/metrics",
                    ctx -> ctx.contentType("text/plain; version=0.0.4; charset=utf-8")
                            .result(scrape.get()));
        });
    }

    private void listen(JavalinConfig config) {
        config.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
        config.jetty.addConnector((server, http) -> {
            ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
            connector.setHost(host);
            connector.setPort(port);
            connector.setIdleTimeout(IDLE_MS);
            NetworkConnectionLimit limit = new NetworkConnectionLimit(CONNECTIONS, connector);
            limit.setEndPointIdleTimeout(IDLE_AT_LIMIT_MS);
            connector.addBean(limit);
            return connector;
        });
    }

    /// HEAD too, or Javalin answers it 200 whatever GET says.
    private static void show(JavalinConfig config, String path, Handler page) {
        config.routes.get(path, page);
        config.routes.head(path, page);
    }

    private static void show(Context ctx, Readiness.Answer answer) {
        json(ctx, answer.isReady() ? 200 : 503, answer.json());
    }

    private static void json(Context ctx, int status, String body) {
        ctx.status(status).contentType("application/json").result(body);
    }

    void start() {
        try {
            javalin.start();
        } catch (JavalinException e) {
            throw new IllegalStateException(
                    "cannot listen on TWOTICK_WORKER_HOST " + host + " and TWOTICK_WORKER_PORT " + port
                            + "; choose an address of this machine and another port, or port 0 for any free one",
                    e);
        }
    }

    int port() {
        return javalin.port();
    }

    @Override
    public void close() {
        javalin.stop();
    }
}
