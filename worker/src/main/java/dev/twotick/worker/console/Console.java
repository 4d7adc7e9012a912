package dev.twotick.worker.console;

import dev.twotick.queue.AppSecretUses;
import dev.twotick.queue.Partitions;
import dev.twotick.queue.RedisConnections;
import dev.twotick.worker.accounts.AccountMove;
import dev.twotick.worker.apply.Registrations;
import dev.twotick.worker.campaigns.CampaignFill;
import dev.twotick.worker.console.live.Admission;
import dev.twotick.worker.console.live.LiveServlet;
import dev.twotick.worker.console.live.LiveSockets;
import dev.twotick.worker.outbox.CallRecords;
import dev.twotick.worker.outbox.EndpointCalls;
import dev.twotick.worker.outbox.Endpoints;
import dev.twotick.worker.outbox.EventFeed;
import dev.twotick.worker.outbox.HookSettings;
import dev.twotick.worker.outbox.Resend;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.util.JavalinException;
import java.time.InstantSource;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.ServerConnector;
import org.jooq.DSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The role `console`: pages on `TWOTICK_CONSOLE_PORT`. Its connections are its own, so that nobody who looks takes one
/// from a consumer.
public final class Console implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Console.class);
    static final int CONNECTIONS = 256 + LiveSockets.MOST; // of pages, and of sockets
    private static final int IDLE_MS = 30_000;
    private static final int IDLE_AT_LIMIT_MS = 15_000; // over what a page takes
    private static final long LONGEST_FORM = 256 * 1024;

    /// Whoever has the first link; others are added by name.
    private static final String OPERATOR = "operator";

    private final ConsoleSettings settings;
    private final ConsoleUsers users;
    private final SignInLinks links;
    private final ApiTokens tokens;
    private final Replays replays;
    private final Erasures erasures;
    private final LiveSockets live;
    private final SortedSet<String> operations = new TreeSet<>();
    private final Javalin javalin;

    /// What programs tell of beside Meta.
    public record Projections(Registrations messages, CampaignFill campaigns) {}

    /// @param db for pages, with a statement timeout that suits people
    /// @param redis to replay through
    /// @param signals to hear of what workers apply
    public Console(
            ConsoleSettings settings,
            HookSettings hooks,
            DSLContext db,
            Partitions redis,
            RedisConnections signals,
            TestCalls testCalls,
            PersonalData data,
            Projections projections,
            InstantSource clock) {
        this.settings = settings;
        users = new ConsoleUsers(db);
        links = new SignInLinks(db);
        tokens = new ApiTokens(db);
        ConsoleSessions sessions = new ConsoleSessions(db);
        AuditLog audit = new AuditLog(db);
        replays = new Replays(db, redis);
        erasures = new Erasures(data);
        Admission admission = new Admission(db);
        live = new LiveSockets(db, signals, admission);
        Assets assets = new Assets();
        Html html = new Html(assets);
        PayloadRows rows = new PayloadRows(db);
        PayloadDetails details = new PayloadDetails(db, rows);
        CallRecords calls = new CallRecords(db);
        EndpointCalls endpointCalls = new EndpointCalls(db);
        Resend resend = new Resend(db);
        Endpoints endpoints = new Endpoints(db, hooks);
        ConversationRows conversations = new ConversationRows(db);
        ContactRows contacts = new ContactRows(db);
        Exports exports = new Exports(contacts, data);
        AccountRows accounts = new AccountRows(db);
        AppSecretUses secrets = new AppSecretUses(redis.first());
        javalin = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.concurrency.useVirtualThreads = true;
            config.http.compressionStrategy = CompressionStrategy.NONE; // pages hold a token beside what others wrote
            config.http.maxRequestSize = LONGEST_FORM;
            listen(config);
            config.jetty.modifyServletContextHandler(
                    handler -> handler.addServlet(new LiveServlet(live, Routes.COOKIE), LiveServlet.PATH));
            Answers.addTo(config, html);
            Routes routes = new Routes(config, sessions, html);
            routes.open("/assets/{version}/{name}", assets::show);
            routes.read("/", (ctx, _) -> Routes.seeOther(ctx, "/overview"));
            new SignInPages(users, links, sessions, audit, html).addTo(routes);
            new OverviewPages(db, redis, endpoints, html, clock).addTo(routes);
            new PayloadPages(rows, details, replays, audit, html, clock).addTo(routes);
            new ReplayPages(replays, audit, html).addTo(routes);
            new ConversationPages(conversations, contacts, db, html).addTo(routes);
            new ContactPages(contacts, conversations, db, exports, erasures, audit, html).addTo(routes);
            new CampaignPages(db, html).addTo(routes);
            new HookPages(endpoints, endpointCalls, testCalls, audit, html).addTo(routes);
            new EventPages(calls, endpoints, resend, audit, html).addTo(routes);
            new ResendPages(resend, endpoints, audit, html, clock).addTo(routes);
            ApiRoutes api = new ApiRoutes(config, tokens, new IdempotencyKeys(db, hooks.box()), operations);
            new ApiDocument().addTo(api);
            new ApiPayloads(rows, details, replays, audit, clock).addTo(api);
            new ApiEndpoints(endpoints, endpointCalls, testCalls, audit).addTo(api);
            new ApiEvents(calls, resend, audit).addTo(api);
            new ApiResends(resend, audit, clock).addTo(api);
            new ApiContacts(contacts, conversations, exports, erasures, audit).addTo(api);
            new ApiConversations(conversations, db).addTo(api);
            new ApiLabels(db, audit).addTo(api);
            new ApiSignups(db, audit).addTo(api);
            new ApiCampaigns(db, projections.campaigns(), audit).addTo(api);
            new ApiMessages(projections.messages()).addTo(api);
            new ApiAccounts(accounts, new AccountMove(db), audit).addTo(api);
            new ApiAppSecrets(secrets).addTo(api);
            new ApiEventFeed(new EventFeed(db), db).addTo(api);
            new ApiSocketTokens(admission).addTo(api);
            new ApiAudit(audit).addTo(api);
            new AccountPages(accounts, secrets, audit, html, settings.webhookPath()).addTo(routes);
            new AuditPages(audit, html).addTo(routes);
        });
    }

    private void listen(JavalinConfig config) {
        config.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
        config.jetty.addConnector((server, http) -> {
            ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
            connector.setHost(settings.host());
            connector.setPort(settings.port());
            connector.setIdleTimeout(IDLE_MS);
            NetworkConnectionLimit limit = new NetworkConnectionLimit(CONNECTIONS, connector);
            limit.setEndPointIdleTimeout(IDLE_AT_LIMIT_MS);
            connector.addBean(limit);
            return connector;
        });
    }

    /// The schema must be there.
    public void start() {
        settings.signIn().ifPresent(token -> {
            users.add(OPERATOR, true);
            links.offer(OPERATOR, token);
        });
        settings.apiToken().ifPresent(this::letIn);
        try {
            javalin.start();
        } catch (JavalinException e) {
            throw new IllegalStateException(
                    "cannot listen on TWOTICK_CONSOLE_HOST " + settings.host() + " and TWOTICK_CONSOLE_PORT "
                            + settings.port()
                            + "; choose an address of this machine and another port, or port 0 for any free one",
                    e);
        }
        live.start();
        log.info("console=listening port={}", port());
    }

    /// The program of the environment, with this token alone from now on.
    public void letIn(SecretToken apiToken) {
        tokens.say("environment", apiToken);
    }

    /// Of the API, each as its method and its path.
    public SortedSet<String> operations() {
        return Collections.unmodifiableSortedSet(operations);
    }

    public int port() {
        return javalin.port();
    }

    @Override
    public void close() {
        try {
            live.stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        javalin.stop(); // nobody begins another replay
        replays.close();
        erasures.close();
    }
}
