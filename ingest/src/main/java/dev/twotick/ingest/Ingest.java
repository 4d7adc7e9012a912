package dev.twotick.ingest;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.model.process.Loop;
import dev.twotick.model.settings.AppSecret;
import dev.twotick.model.settings.BadSettings;
import dev.twotick.model.settings.Build;
import dev.twotick.model.settings.LiveSettings;
import dev.twotick.queue.AppSecretUses;
import dev.twotick.queue.Partitions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.eclipse.jetty.util.VirtualThreads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The process that Meta posts to. Stateless: any number of them may run.
public final class Ingest implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Ingest.class);
    /// On the server; the socket gives up a second later.
    private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(2);

    private final HikariDataSource pool;
    private final Partitions redis;
    private final StoreWatch watch;
    private final PayloadStreams payloadStreams;
    private final PayloadLog payloadLog;
    private final Optional<CertificateWatch> certificate;
    private final WebServer web;
    private final LiveSettings live;

    private Ingest(IngestSettings settings, InstantSource clock) {
        LastRefused refused = new LastRefused(clock);
        IngestMetrics metrics = new IngestMetrics(refused);
        // the committers, a probe, the tokens
        pool = Database.pool(settings.database(), "twotick-ingest", PayloadLog.COMMITTERS + 2, STATEMENT_TIMEOUT);
        metrics.pool(pool);
        redis = settings.redis()
                .open("twotick-ingest", 8, Duration.ofMillis(500), Duration.ofMillis(Durability.WAIT_MS + 500));
        PayloadLogTable table = new PayloadLogTable(pool, clock);
        watch = new StoreWatch(table, pool, settings.redis(), redis);

        VerifyTokens tokens = new VerifyTokens(pool, watch, settings.verifyTokens());
        SignatureVerifier verifier = new SignatureVerifier(settings.secrets(), clock);
        SaidUses uses = new SaidUses(verifier, new AppSecretUses(redis.first()));
        watch.start(
                tokens::refresh,
                () -> { // the stores are looked for while the rest is made
                    redis.say();
                    refused.say(redis.first());
                    uses.say();
                });
        live = settings.live();
        live.follow("TWOTICK_APP_SECRETS", settings.secrets(), AppSecret::read, secrets -> {
            verifier.use(secrets);
            metrics.secrets(verifier);
        });
        live.follow("TWOTICK_VERIFY_TOKEN", settings.verifyTokens(), IngestSettings::verifyTokens, tokens::use);
        BodyReader reader = new BodyReader(settings.maxBodyBytes());
        InFlightBytes inFlight = new InFlightBytes(settings.inFlightBytes(), settings.maxBodyBytes());
        KnownSenders known = new KnownSenders();
        UnsignedLimit unsigned = new UnsignedLimit(settings.proxies(), settings.unsignedPerMinute(), System::nanoTime);
        payloadStreams = new PayloadStreams(
                redis,
                watch.partitions(),
                settings.streamMaxEntries(),
                settings.streamMaxBytes(),
                settings.inFlightBytes() / 2,
                metrics);
        ToLogStream toLog = new ToLogStream(redis, watch, settings.toLogMaxBytes());
        // the driver copies a batch two or three times, should it be written a second time
        payloadLog = new PayloadLog(
                table, toLog, payloadStreams, watch, settings.queueEntries(), settings.inFlightBytes() / 8, metrics);
        certificate = settings.tls().map(tls -> new CertificateWatch(tls, clock, metrics));
        Executor virtual = VirtualThreads.getNamedVirtualThreadsExecutor("web-");
        web = new WebServer(
                settings,
                virtual,
                new WebhookEndpoint(
                        new PostAdmission(settings.tls()),
                        tokens,
                        verifier,
                        reader,
                        inFlight,
                        known,
                        unsigned,
                        payloadLog,
                        virtual,
                        clock,
                        metrics),
                new HealthEndpoint(watch, live, certificate),
                certificate,
                known,
                unsigned,
                metrics);

        metrics.secrets(verifier);
        metrics.gauge(
                "twotick.settings.refused",
                "settings whose file cannot be taken as it is: what was read before it stays in force",
                () -> live.refused().size());
        metrics.gauge("twotick.ingest.in.flight.bytes", "bodies held at this moment", inFlight::held);
        metrics.gauge(
                "twotick.ingest.postgres.up",
                "1 while PostgreSQL takes payloads",
                () -> watch.postgres().answers() ? 1 : 0);
        metrics.gauge(
                "twotick.ingest.redis.up",
                "1 while Redis answers",
                () -> watch.redis().answers() ? 1 : 0);

        watch.awaitFirstLooks();
        live.start();
        payloadStreams.start();
        payloadLog.start();
        web.start();
        certificate.ifPresent(CertificateWatch::start);
        log.info(
                "ingest=ready version={} commit={} port={} path={}{}",
                Build.VERSION,
                Build.COMMIT,
                web.port(),
                settings.webhookPath(),
                certificate.isEmpty() ? "" : " tls_port=" + web.tlsPort());
    }

    /// Starts, with or without stores.
    ///
    /// @throws BadSettings naming all of them
    public static Ingest start(Map<String, String> environment) {
        return start(environment, InstantSource.system());
    }

    static Ingest start(Map<String, String> environment, InstantSource clock) {
        return new Ingest(IngestSettings.read(environment), clock);
    }

    static void main(String[] arguments) {
        if (arguments.length > 0) {
            System.exit(Arguments.answer(List.of(arguments), System.out, System.err));
        }
        Loop.watchOtherThreads();
        try {
            Ingest ingest = start(System.getenv());
            Runtime.getRuntime().addShutdownHook(new Thread(ingest::close, "shutdown"));
        } catch (BadSettings e) {
            System.err.println(e.getMessage());
            System.exit(1);
        } catch (RuntimeException e) {
            log.error("ingest=not_started", e);
            System.exit(1);
        }
    }

    /// The port it listens on.
    public int port() {
        return web.port();
    }

    /// Of TLS.
    ///
    /// @throws java.util.NoSuchElementException when it is not served
    public int tlsPort() {
        return web.tlsPort();
    }

    /// Takes no more connections, answers the requests it has, writes what they wait for, pushes what is logged.
    @Override
    public void close() {
        certificate.ifPresent(CertificateWatch::close);
        web.close();
        payloadLog.close();
        payloadStreams.close();
        watch.close();
        live.close();
        redis.close();
        pool.close();
        log.info("ingest=stopped");
    }
}
