package dev.twotick.worker;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseFault;
import dev.twotick.db.Migrations;
import dev.twotick.db.payloadlog.LoggedPayloads;
import dev.twotick.model.settings.Build;
import dev.twotick.queue.Partition;
import dev.twotick.queue.Partitions;
import dev.twotick.worker.apply.EventApplier;
import dev.twotick.worker.apply.Registrations;
import dev.twotick.worker.campaigns.CampaignFill;
import dev.twotick.worker.console.Console;
import dev.twotick.worker.console.ConsoleSettings;
import dev.twotick.worker.console.PersonalData;
import dev.twotick.worker.consume.ConsumeSettings;
import dev.twotick.worker.consume.StreamConsumers;
import dev.twotick.worker.deduplicate.SeenEvents;
import dev.twotick.worker.deliver.DeliveryLoop;
import dev.twotick.worker.deliver.TestCall;
import dev.twotick.worker.interpret.PayloadInterpreter;
import dev.twotick.worker.media.MediaLoop;
import dev.twotick.worker.outbox.DeliveryLedger;
import dev.twotick.worker.outbox.EnvironmentEndpoint;
import dev.twotick.worker.outbox.Outbox;
import dev.twotick.worker.upkeep.DatabaseEpoch;
import dev.twotick.worker.upkeep.Upkeep;
import dev.twotick.worker.upkeep.UpkeepJobs;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The composition root: opens everything in the order in which a payload passes it, and closes it the other way round.
///
/// ```
/// stream ─▶ StreamConsumers ─▶ PayloadPipeline: PayloadInterpreter ─▶ SeenEvents ─▶ EventApplier ─▶ Outbox ─▶
/// DeliveryLoop
/// ```
///
/// It starts with either store away, and goes on by itself when they are there.
public final class Worker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Worker.class);
    private static final Duration DRAIN = Duration.ofSeconds(8);

    /// What a worker process does.
    public enum Role {
        /// Takes payloads off the stream and applies them; also the upkeep jobs.
        CONSUME,
        /// Makes hook calls.
        DELIVER,
        /// Shows pages, on a port of its own.
        CONSOLE,
        /// Keeps the media of incoming messages.
        MEDIA
    }

    private final WorkerSettings settings;
    private final Set<Role> roles;
    private boolean closed;
    private final Waits waits = new Waits();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final HikariDataSource pool;
    private final DSLContext database;
    private final DatabaseEpoch epoch;
    private final Optional<DeliveryLoop> deliver;
    private final Outbox outbox;
    private final List<PayloadPipeline> pipelines;
    private final Optional<StreamConsumers> consume;
    private final Optional<Upkeep> upkeep;
    private final Optional<Console> console;
    private final Optional<MediaLoop> media;
    private final Readiness readiness;
    private final Presence presence;
    private final HealthServer health;

    public Worker(WorkerSettings settings, Set<Role> roles) {
        this(settings, roles, ConsumeSettings.standard(settings.consumers()));
    }

    Worker(WorkerSettings settings, Set<Role> roles, ConsumeSettings consumeSettings) {
        this.settings = settings;
        this.roles = Set.copyOf(roles);
        if (roles.contains(Role.MEDIA)) {
            settings.media().required();
        }
        InstantSource clock = InstantSource.system();
        new JvmMemoryMetrics().bindTo(metrics);
        new ProcessorMetrics().bindTo(metrics);
        opened(new JvmGcMetrics()).bindTo(metrics);
        Gauge.builder("twotick.build.info", () -> 1)
                .description("always 1: which build this is")
                .tags("version", Build.VERSION, "commit", Build.COMMIT)
                .register(metrics);

        // a connection for each transaction at once, and a few for what looks on
        pool = opened(
                Database.pool(settings.database(), "twotick-worker", settings.consumers() + 6, Duration.ofSeconds(60)));
        pool.setMetricRegistry(metrics);
        database = Database.jooq(pool);
        Partition redis = opened(settings.redis().openFirst("twotick-worker", 4, Duration.ofSeconds(2)));
        presence = opened(new Presence(redis, this.roles));
        int partitions = settings.redis().partitions();
        Partitions seenRedis = opened(settings.redis()
                .open("twotick-seen", Math.ceilDiv(settings.consumers(), partitions), Duration.ofMillis(500)));

        epoch = opened(new DatabaseEpoch(database, redis, Duration.ofSeconds(5)));
        DatabaseOutage outage = new DatabaseOutage(
                Duration.ofMillis(50),
                Duration.ofSeconds(2),
                DataAccessException.class::isInstance,
                epoch::doubt,
                waits);
        Gauge.builder("twotick.worker.waiting.seconds", waits, Waits::seconds)
                .description("how long the batch that waits longest for the database has waited")
                .register(metrics);

        deliver = roles.contains(Role.DELIVER)
                ? Optional.of(
                        new DeliveryLoop(new DeliveryLedger(database, settings.hooks()), settings.hooks(), metrics))
                : Optional.empty();
        outbox = new Outbox(
                settings.hooks().lease(),
                () -> deliver.map(DeliveryLoop::freeBytes).orElse(0L));
        EventApplier applier = new EventApplier(
                database,
                outbox,
                () -> deliver.map(DeliveryLoop::free).orElse(0),
                calls -> deliver.ifPresent(loop -> loop.sendFirst(calls)),
                settings.acceptUnknownAccounts(),
                settings.horizon());
        List<SeenEvents> seen = seenRedis.all().stream()
                .map(partition -> new SeenEvents(
                        settings.seen().among(partitions), partition, epoch, epoch::stands, clock, metrics))
                .toList();
        Gauge.builder(
                        "twotick.seen.bytes",
                        () -> seen.stream().mapToLong(SeenEvents::bytes).sum())
                .description("what is remembered takes in Redis, about")
                .baseUnit("bytes")
                .register(metrics);
        PipelineMetrics pipelineMetrics = new PipelineMetrics(metrics);
        pipelines = seen.stream()
                .map(one -> new PayloadPipeline(
                        new LoggedPayloads(database), new PayloadInterpreter(), one, applier, outage, pipelineMetrics))
                .toList();
        boolean consumes = roles.contains(Role.CONSUME);
        consume = consumes ? Optional.of(consumers(consumeSettings)) : Optional.empty();
        upkeep = consumes ? Optional.of(upkeep()) : Optional.empty();
        console = roles.contains(Role.CONSOLE) ? Optional.of(console(clock)) : Optional.empty();
        media = roles.contains(Role.MEDIA) ? Optional.of(media(clock)) : Optional.empty();
        readiness = opened(new Readiness(
                settings.database(),
                settings.redis(),
                () -> consume.map(StreamConsumers::read).orElse(true),
                () -> Stream.concat(Database.warnings(pool).stream(), settings.live().warnings().stream())
                        .toList(),
                waits));
        Gauge.builder(
                        "twotick.settings.refused",
                        settings.live(),
                        live -> live.refused().size())
                .description("settings whose file cannot be taken as it is: what was read before it stays in force")
                .register(metrics);
        health = new HealthServer(settings.host(), settings.port(), readiness, metrics);
    }

    private StreamConsumers consumers(ConsumeSettings times) {
        return new StreamConsumers(times, settings.redis(), pipelines::get, metrics, DRAIN);
    }

    private Upkeep upkeep() {
        HikariDataSource upkeepPool = opened(
                Database.pool(settings.database(), "twotick-upkeep", UpkeepJobs.CONNECTIONS, Duration.ofMinutes(10)));
        upkeepPool.setMetricRegistry(metrics);
        return UpkeepJobs.upkeep(
                upkeepPool,
                opened(settings.redis().open("twotick-upkeep", 3, Duration.ofSeconds(3))),
                settings.retention(),
                outbox,
                settings.horizon(),
                metrics);
    }

    private Console console(InstantSource clock) {
        HikariDataSource consolePool =
                opened(Database.pool(settings.database(), "twotick-console", 6, Duration.ofSeconds(10)));
        consolePool.setMetricRegistry(metrics);
        Partitions redis = opened(settings.redis().open("twotick-console", 4, Duration.ofSeconds(3)));
        TestCall test = opened(new TestCall(settings.hooks()));
        DSLContext db = Database.jooq(consolePool);
        return new Console(
                settings.console(),
                settings.hooks(),
                db,
                redis,
                settings.redis(),
                test::make,
                new PersonalData(settings.database(), settings.erasureKey()),
                projections(db),
                clock);
    }

    private MediaLoop media(InstantSource clock) {
        HikariDataSource mediaPool = opened(Database.pool(
                settings.database(), "twotick-media", MediaLoop.connections(settings.media()), Duration.ofSeconds(60)));
        mediaPool.setMetricRegistry(metrics);
        return new MediaLoop(Database.jooq(mediaPool), settings.media(), clock, metrics);
    }

    /// The calls that they owe are made by whoever claims them.
    private Console.Projections projections(DSLContext db) {
        boolean unknown = settings.acceptUnknownAccounts();
        CampaignFill campaigns = new CampaignFill(db, outbox, unknown, settings.horizon());
        EventApplier applier = new EventApplier(db, outbox, () -> 0, _ -> {}, unknown, settings.horizon());
        return new Console.Projections(new Registrations(db, applier, campaigns), campaigns);
    }

    /// @throws CancellationException when the worker has been closed meanwhile
    private synchronized <T extends AutoCloseable> T opened(T resource) {
        open.push(resource);
        if (closed) {
            close();
            throw new CancellationException("the worker was told to stop while it started");
        }
        return resource;
    }

    /// Returns once the roles run, which is when the database has been reached and has this version's schema.
    ///
    /// @throws InterruptedException when the process ends before that
    /// @throws RuntimeException     when the database answers, and what it answers no waiting will change
    public void start() throws InterruptedException {
        health.start();
        opened(health);
        opened(settings.live()).start();
        log.info(
                "state=starting version={} commit={} roles={} port={}",
                Build.VERSION,
                Build.COMMIT,
                roles,
                health.port());
        readiness.redisProblem().ifPresent(problem -> log.error("redis=down problem=\"{}\"", problem));
        DatabaseOutage start = new DatabaseOutage(
                Duration.ofMillis(200),
                Duration.ofSeconds(2),
                e -> e instanceof OlderSchema || DatabaseFault.mayPass(e),
                () -> {},
                waits);
        start.waitOut(this::schemaIsThere);
        if (deliver.isPresent()) {
            EnvironmentEndpoint endpoint = opened(new EnvironmentEndpoint(database, settings.hooks()));
            EnvironmentEndpoint alerts = opened(new EnvironmentEndpoint(
                    database, settings.alerts(), settings.hooks().box()));
            start.waitOut(() -> {
                endpoint.begin();
                alerts.begin();
                return true;
            });
            endpoint.start();
            alerts.start();
            settings.live()
                    .follow(
                            "TWOTICK_HOOK_SECRET",
                            settings.hooks().environment(),
                            settings.hooks()::environmentOf,
                            endpoint::use);
        }
        if (media.isPresent()) {
            MediaLoop keeping = media.get();
            start.waitOut(() -> {
                keeping.begin();
                return true;
            });
        }
        epoch.start();
        deliver.ifPresent(loop -> opened(loop).start());
        upkeep.ifPresent(jobs -> opened(jobs).start());
        consume.ifPresent(consumers -> opened(consumers).start());
        media.ifPresent(loop -> opened(loop).start());
        console.ifPresent(pages -> {
            opened(pages).start();
            settings.live()
                    .follow(
                            "TWOTICK_API_TOKEN",
                            settings.console().apiToken(),
                            ConsoleSettings::apiToken,
                            token -> token.ifPresent(pages::letIn));
        });
        presence.start();
        readiness.begins();
        log.info("state=running roles={} port={}", roles, health.port());
    }

    private boolean schemaIsThere() {
        int pending = Migrations.pending(pool);
        if (pending > 0) {
            throw new OlderSchema("pending_migrations=" + pending + ": run the worker with --migrate");
        }
        return true;
    }

    /// Somebody may be migrating at this moment.
    private static final class OlderSchema extends RuntimeException {
        private static final long serialVersionUID = 1;

        OlderSchema(String message) {
            super(message);
        }
    }

    /// What a replay without the stream hands its payloads to.
    PayloadPipeline pipeline() {
        return pipelines.getFirst();
    }

    /// Of health and metrics.
    public int port() {
        return health.port();
    }

    /// Of the console, if it has the role.
    public int consolePort() {
        return console.map(Console::port).orElseThrow();
    }

    /// Of its API.
    SortedSet<String> consoleOperations() {
        return console.map(Console::operations).orElseThrow();
    }

    /// The console and consumers first: they finish the batch in hand; then the hook calls in flight; the stores last.
    @Override
    public synchronized void close() {
        closed = true;
        log.info("state=stopping");
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                log.warn("state=stopping fault={}", e.getClass().getSimpleName());
            }
        }
        log.info("state=stopped");
    }
}
