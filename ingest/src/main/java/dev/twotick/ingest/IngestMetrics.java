package dev.twotick.ingest;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.model.settings.Build;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// What is counted, by the names under which `GET /metrics` shows it.
final class IngestMetrics {
    private static final int OK = 200;
    private static final long SCRAPE_NANOS = 100_000_000L;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<String, Counter> posts = new ConcurrentHashMap<>();
    private final Map<String, Counter> pushes = new ConcurrentHashMap<>();
    private final Timer commits = Timer.builder("twotick.ingest.commit")
            .description("one batch into the log, until it is committed or has failed")
            .publishPercentiles(0.5, 0.99)
            .register(registry);
    private final DistributionSummary batches = DistributionSummary.builder("twotick.ingest.batch")
            .description("payloads in one commit")
            .publishPercentiles(0.5, 0.99)
            .register(registry);

    private final MultiGauge secrets = MultiGauge.builder("twotick.ingest.secret.used")
            .description(
                    "when a post was last signed with this app secret, in seconds since 1970; 0: not since the start")
            .baseUnit("timestamp.seconds")
            .register(registry);
    private final LastRefused lastRefused;
    private String lastScrape = "";
    private long scrapedAt;

    interface Commit {
        void run() throws SQLException;
    }

    IngestMetrics(LastRefused lastRefused) {
        this.lastRefused = lastRefused;
        new JvmMemoryMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        bindGc();
        Gauge.builder("twotick.build.info", () -> 1)
                .description("always 1: which build this is")
                .tags("version", Build.VERSION, "commit", Build.COMMIT)
                .register(registry);
    }

    @SuppressWarnings("resource") // listens as long as the process lives
    private void bindGc() {
        new JvmGcMetrics().bindTo(registry);
    }

    /// @param outcome what a post was answered, of a fixed set of words
    void answered(int status, String outcome) {
        posts.computeIfAbsent(
                        status + outcome,
                        _ -> Counter.builder("twotick.ingest.posts")
                                .description("posts by answer")
                                .tag("status", Integer.toString(status))
                                .tag("outcome", outcome)
                                .register(registry))
                .increment();
        if (status != OK) {
            lastRefused.note(status, outcome);
        }
    }

    /// A request that no route of ours has answered, or a handshake that was none.
    void refused(int status, String reason) {
        lastRefused.note(status, reason);
        Counter.builder("twotick.ingest.refused")
                .description(
                        "requests that met no route, handshakes that were none, and what the web server refused before")
                .tag("status", Integer.toString(status))
                .tag("reason", reason)
                .register(registry) // the one that is there
                .increment();
    }

    /// A connection that ended before anything could be asked over it.
    void tlsRefused(String reason) {
        Counter.builder("twotick.ingest.tls.refused")
                .description("TLS handshakes that failed")
                .tag("reason", reason)
                .register(registry) // the one that is there
                .increment();
    }

    void daysLeft(String certificate, Supplier<Number> days) {
        Gauge.builder("twotick.ingest.certificate.days.left", days)
                .description("until what TLS rests on ends: our certificate, or the last of the CAs of clients")
                .tag("certificate", certificate)
                .register(registry);
    }

    void pushed(String outcome, int entries) {
        if (entries > 0) {
            pushes.computeIfAbsent(
                            outcome,
                            _ -> Counter.builder("twotick.ingest.pushes")
                                    .description("logged payloads by what became of their way to the stream")
                                    .tag("outcome", outcome)
                                    .register(registry))
                    .increment(entries);
        }
    }

    void commit(int payloads, Commit commit) throws SQLException {
        batches.record(payloads);
        Timer.Sample sample = Timer.start();
        try {
            commit.run();
        } finally {
            sample.stop(commits);
        }
    }

    /// One for each secret that is in force now.
    void secrets(SignatureVerifier verifier) {
        secrets.register(
                verifier.lastUses().keySet().stream()
                        .map(secret -> MultiGauge.Row.of(
                                Tags.of("app", secret.app(), "secret", secret.fingerprint()),
                                () -> verifier.lastUses()
                                                .getOrDefault(secret, Instant.EPOCH)
                                                .toEpochMilli()
                                        / 1000.0))
                        .toList(),
                true);
    }

    void pool(HikariDataSource pool) {
        pool.setMetricRegistry(registry);
    }

    void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    /// As of now, or of a tenth of a second ago: it costs some 10 ms, and anybody may ask.
    synchronized String scrape() {
        long now = System.nanoTime();
        if (lastScrape.isEmpty() || now - scrapedAt > SCRAPE_NANOS) {
            lastScrape = registry.scrape();
            scrapedAt = now;
        }
        return lastScrape;
    }
}
