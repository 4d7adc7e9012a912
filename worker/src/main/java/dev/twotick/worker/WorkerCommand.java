package dev.twotick.worker;

import dev.twotick.db.DatabaseFault;
import dev.twotick.db.payloadlog.PayloadSelection;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.model.process.Loop;
import dev.twotick.model.settings.BadSettings;
import dev.twotick.model.settings.Build;
import dev.twotick.model.settings.Moment;
import dev.twotick.worker.accounts.BusinessRun;
import dev.twotick.worker.campaigns.CampaignRun;
import dev.twotick.worker.outbox.EndpointRefused;
import dev.twotick.worker.outbox.Outbox;
import dev.twotick.worker.outbox.Resend;
import dev.twotick.worker.privacy.ExportRun;
import dev.twotick.worker.privacy.ForgetRun;
import dev.twotick.worker.privacy.IdentityFile;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.flywaydb.core.api.FlywayException;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The worker's command line; [Worker] is what it starts.
@Command(
        name = "worker",
        sortOptions = false,
        usageHelpAutoWidth = true,
        mixinStandardHelpOptions = true,
        versionProvider = WorkerCommand.Version.class,
        description = {
            "Applies logged WhatsApp payloads and makes the hook calls that they owe.",
            "Settings come from the environment (TWOTICK_*, see the README); all bad ones are named at once.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  worker                                       consume and deliver until stopped",
            "  worker --migrate                             bring the database to this version's schema, and end",
            "  worker --replay --since 2h                   what came in the last two hours, again, through the stream",
            "  worker --replay --failed                     only what failed, after a fix",
            "  worker --replay --id 01a1fdd8-…              one payload",
            "  worker --replay --account 106540352242922 --dry-run   how many there are",
            "  worker --replay --refill                     fill what a new version's columns lack, without any effect",
            "  worker --resend --endpoint crm --failed      hook calls that an endpoint did not take, under their own"
                    + " ids",
            "  worker --resend --id 0b9d6c1e-…              the calls of one event, by its webhook-id",
            "  worker --resend --since 7d --rate 200 --no-wait   a week's calls, 200 a second; the workers see to it",
            "  worker --resend --list                       what is resent in bulk; --cancel N, --resume N",
            "  worker endpoint --help                       add, list, change and test endpoints",
            "  worker user --help                           who may sign in to the console",
            "  worker --campaign spring --recipients sent.ndjson --seal   count what became of these messages",
            "  worker --businesses                          which account belongs to which business",
            "  worker --account 106540352242922 --business \"Shop\"   give it to that one",
            "  worker --export +4915112345678 > person.json      everything that is held about a person",
            "  worker --forget +4915112345678                    erase a person, whose replayed facts then change"
                    + " nothing",
            "",
            "A line of --recipients is {\"wamid\":\"wamid.…\",\"phone_number_id\":\"…\"} for a message that was sent,",
            "{\"to\":\"+49…\"} for somebody it will be sent to, or both in one. A message is also linked by its",
            "biz_opaque_callback_data, campaign:KEY with anything after a ; being yours. Running it again is harmless.",
            "",
            "Replaying anything, any number of times, is harmless: what was applied before changes nothing and raises",
            "no event again. To have hooks called again, use --resend.",
            "Times are 2026-11-21T10:15:00Z, 2026-11-21 (UTC), or how long ago: 90s, 15m, 2h, 7d."
        })
public final class WorkerCommand implements Callable<Integer> {
    private static final Duration LONGEST_STOP = Duration.ofSeconds(25);

    /// Each ends when it is done; without any of them the worker serves.
    private static final List<String> RUNS =
            List.of("--migrate", "--replay", "--resend", "--campaign", "--forget", "--export", "--businesses");

    /// @param of the runs that these options go with
    private record Companions(List<String> options, List<String> of) {}

    private static final List<Companions> COMPANIONS = List.of(
            new Companions(List.of("--in-process", "--refill"), List.of("--replay")),
            new Companions(
                    List.of("--id", "--since", "--until", "--failed", "--dry-run", "--rate"),
                    List.of("--replay", "--resend")),
            new Companions(
                    List.of("--endpoint", "--type", "--conversation", "--missed", "--dead", "--delivered"),
                    List.of("--resend")),
            new Companions(List.of("--list", "--cancel", "--resume", "--no-wait"), List.of("--resend")),
            new Companions(List.of("--json"), List.of("--list")),
            new Companions(List.of("--recipients", "--seal", "--total", "--skip-bad"), List.of("--campaign")),
            new Companions(List.of("--yes"), List.of("--forget")),
            new Companions(List.of("--output"), List.of("--export")),
            new Companions(List.of("--business"), List.of("--forget", "--export", "--campaign", "--account")),
            new Companions(
                    List.of("--account"),
                    List.of("--replay", "--resend", "--forget", "--export", "--campaign", "--business")));

    private static final Set<String> OF_A_BUSINESS = Set.of("--forget", "--export", "--campaign");

    @Option(
            names = "--roles",
            split = ",",
            paramLabel = "ROLE",
            description = "What this process does: consume (the stream, and the upkeep jobs), deliver (hook calls),"
                    + " console (pages on TWOTICK_CONSOLE_PORT), media (keeps the files of incoming messages; see"
                    + " docs/media.md). Default: consume,deliver.")
    private List<String> roles = List.of("consume", "deliver");

    @Option(names = "--migrate", description = "Run the migrations that the database lacks, and end.")
    private boolean migrate;

    @Option(names = "--replay", description = "Send logged payloads their way again, and end.")
    private boolean replay;

    @Option(names = "--resend", description = "Make hook calls again, under their own ids, and end.")
    private boolean resend;

    @Option(
            names = "--campaign",
            paramLabel = "KEY",
            description = "Make this campaign, fill and seal it as told, say how it stands, and end. It is the one of"
                    + " --account or --business, or of the only business that there is, and of the accounts that"
                    + " --recipients names.")
    private @Nullable String campaign;

    @Option(
            names = "--recipients",
            paramLabel = "FILE",
            description = "Add the campaign's recipients from this file, one JSON object a line; - for standard input.")
    private @Nullable Path recipients;

    @Option(
            names = "--seal",
            description = "All recipients of the campaign are named: it completes when each is sent or failed.")
    private boolean seal;

    @Option(
            names = "--total",
            paramLabel = "N",
            description = "Seal the campaign for so many recipients, of whom some may be named later.")
    private @Nullable Integer total;

    @Option(names = "--skip-bad", description = "Leave bad lines of the file out, and do not end with 1 for them.")
    private boolean skipBad;

    @Option(
            names = "--forget",
            paramLabel = "IDENTITY",
            description = "Erase this person (number, user id or parent user id), and end. - reads them from standard"
                    + " input, file:PATH from a file, one a line: the log is looked through once for all of them.")
    private @Nullable String forget;

    @Option(
            names = "--export",
            paramLabel = "IDENTITY",
            description = "Write all that is held about this person to standard output, as JSON, and end. - and"
                    + " file:PATH as with --forget; then it is a list.")
    private @Nullable String export;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "Export to this file, which only its owner may read, instead of standard output.")
    private @Nullable Path output;

    @Option(
            names = "--business",
            paramLabel = "BUSINESS",
            description = "Forget or export only what this business knows of the person: its id. Default: all."
                    + " With --campaign: whose it is. With --account alone: give the account to this business, by name"
                    + " or id, and end.")
    private @Nullable String business;

    @Option(names = "--businesses", description = "Say which account belongs to which business, and end.")
    private boolean businesses;

    @Option(names = "--yes", description = "Forget without asking.")
    private boolean yes;

    @Option(
            names = "--id",
            paramLabel = "UUID",
            description = "Replay this payload; resend the calls of this event, by its webhook-id. Repeatable.")
    private List<String> ids = new ArrayList<>();

    @Option(names = "--since", paramLabel = "TIME", description = "Received (events: raised) then or later.")
    private @Nullable String since;

    @Option(names = "--until", paramLabel = "TIME", description = "Received (events: raised) before.")
    private @Nullable String until;

    @Option(names = "--failed", description = "Only what failed: payloads in whole or in part, calls not delivered.")
    private boolean failed;

    @Option(
            names = "--missed",
            description = "Only what an endpoint was never called for and is not owed: what was raised while it was"
                    + " disabled, or before it was there.")
    private boolean missed;

    @Option(names = "--dead", description = "Only calls that were given up.")
    private boolean dead;

    @Option(names = "--delivered", description = "Only calls that were delivered, and are not owed.")
    private boolean delivered;

    @Option(
            names = "--conversation",
            paramLabel = "ID",
            description = "Resend what was raised about messages of this conversation, by its data.conversation_id.")
    private @Nullable Long conversation;

    @Option(
            names = "--account",
            paramLabel = "PHONE_NUMBER_ID",
            description = "Replay payloads, resend events of this account. Repeatable. With --forget, --export and"
                    + " --campaign: its business.")
    private Set<String> accounts = new LinkedHashSet<>();

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "Replay at most so many payloads, owe each endpoint so many calls a second.")
    private int rate;

    @Option(
            names = "--in-process",
            description = "Replay here, without Redis and without other workers, instead of through the stream.")
    private boolean inProcess;

    @Option(
            names = "--refill",
            description =
                    "Replay here, and only to fill columns that are null in rows that are there, as a new version's"
                            + " migration leaves them: no event, no outcome, no count. See docs/upgrade.md.")
    private boolean refill;

    @Option(names = "--dry-run", description = "Only count.")
    private boolean dryRun;

    @Option(names = "--endpoint", paramLabel = "NAME", description = "Resend to this endpoint: its name or id.")
    private @Nullable String endpoint;

    @Option(names = "--type", paramLabel = "GLOB", description = "Resend events of this type, such as message.*")
    private @Nullable String type;

    @Mixin
    private ResendRun.Options resendOptions = new ResendRun.Options();

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"twotick worker " + Build.text()};
        }
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private final Map<String, String> environment;

    WorkerCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    public static void main(String[] arguments) {
        Loop.watchOtherThreads();
        System.exit(run(System.getenv(), arguments));
    }

    /// @return 0 for done, 1 for a fault or an interrupted run, 2 for bad arguments or settings, 3 for an endpoint that
    ///     is not there
    public static int run(Map<String, String> environment, String... arguments) {
        return commandLine(environment).execute(arguments);
    }

    static CommandLine commandLine(Map<String, String> environment) {
        return new CommandLine(new WorkerCommand(environment))
                .addSubcommand(new EndpointCommand(environment))
                .addSubcommand(new UserCommand(environment))
                .addSubcommand(new TokenCommand(environment))
                .addSubcommand(new AccountCommand(environment))
                .setExecutionExceptionHandler((fault, command, parsed) -> {
                    command.getErr().println(message(fault));
                    return code(fault);
                });
    }

    private static int code(Exception fault) {
        return switch (fault) {
            case EndpointRefused refused when refused.why() == EndpointRefused.Why.NO_SUCH_ENDPOINT -> 3;
            case BadSettings _, IllegalArgumentException _ -> 2;
            default -> 1;
        };
    }

    private static String message(Exception fault) {
        return fault.getMessage() == null ? fault.getClass().getSimpleName() : fault.getMessage();
    }

    @Override
    public Integer call() throws Exception {
        List<String> runs = RUNS.stream().filter(this::isGiven).toList();
        if (runs.size() > 1) {
            throw new ParameterException(spec.commandLine(), "choose one of " + String.join(", ", runs));
        }
        COMPANIONS.forEach(this::refuseMisplaced);
        if (Stream.of(failed, missed, dead, delivered).filter(given -> given).count() > 1) {
            throw new ParameterException(spec.commandLine(), "choose one of --failed, --missed, --dead, --delivered");
        }
        if (rate < 0) {
            throw new ParameterException(spec.commandLine(), "--rate is a number a second, not " + rate);
        }
        if (!replay && !resend && accounts.size() > 1) {
            throw new ParameterException(spec.commandLine(), "choose one --account: it stands for its business");
        }
        if (business != null && !OF_A_BUSINESS.containsAll(runs)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--business goes with --forget, --export or --campaign, or with --account alone");
        }
        if (total != null && total < 1) {
            throw new ParameterException(spec.commandLine(), "--total is a number of recipients, not " + total);
        }
        if (!runs.isEmpty() || business != null) {
            logToStandardError();
        }
        if (migrate) {
            return MigrateRun.run(environment);
        }
        WorkerSettings settings = WorkerSettings.read(environment);
        if (refill && !dryRun) {
            return new RefillRun(settings, spec.commandLine().getOut()).run(selection(), rate);
        }
        if (replay) {
            return new ReplayRun(settings, spec.commandLine().getOut()).run(selection(), rate, inProcess, dryRun);
        }
        if (resend) {
            return resend(new ResendRun(settings, spec.commandLine().getOut()));
        }
        Optional<String> account = accounts.stream().findFirst();
        if (businesses) {
            return new BusinessRun(settings.database(), spec.commandLine().getOut()).list();
        }
        if (runs.isEmpty() && account.isPresent()) {
            return new BusinessRun(settings.database(), spec.commandLine().getOut())
                    .give(account.get(), Objects.requireNonNull(business));
        }
        if (forget != null) {
            return new ForgetRun(
                            settings.database(),
                            settings.erasureKey(),
                            spec.commandLine().getOut())
                    .run(IdentityFile.read(forget), account, businessId(), yes);
        }
        if (export != null) {
            return new ExportRun(settings.database())
                    .run(
                            IdentityFile.read(export),
                            IdentityFile.isNamedBy(export),
                            account,
                            businessId(),
                            Optional.ofNullable(output));
        }
        if (campaign != null) {
            return new CampaignRun(
                            settings.database(),
                            new Outbox(settings.hooks().lease()),
                            settings.acceptUnknownAccounts(),
                            settings.horizon(),
                            spec.commandLine().getOut())
                    .run(
                            campaign,
                            account,
                            businessId(),
                            Optional.ofNullable(recipients),
                            seal || total != null,
                            total,
                            skipBad);
        }
        return serve(settings);
    }

    /// Standard output is a run's result and nothing else. `logback.xml` reads these when the first class that logs is
    /// loaded, and none is before a run has begun.
    static void logToStandardError() {
        System.setProperty("twotick.log.target", "System.err");
        System.setProperty("twotick.log.format", "plain");
    }

    private int serve(WorkerSettings settings) throws InterruptedException {
        Worker worker = new Worker(settings, parsedRoles());
        CountDownLatch stopped = new CountDownLatch(1);
        Thread main = Thread.currentThread();
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            main.interrupt();
                            closeInTime(worker);
                            stopped.countDown();
                        },
                        "stop"));
        try {
            worker.start();
            stopped.await();
        } catch (InterruptedException | CancellationException e) {
            stopped.await(); // it was told to stop, and the hook is closing what is open
        } catch (DataAccessException | FlywayException e) {
            throw new IllegalStateException("the worker cannot start: " + DatabaseFault.words(e), e);
        }
        return 0;
    }

    /// With stores that hang each step has its bound, and all of them together this one. Whatever is cut by it is found
    /// by others, as after a crash.
    private static void closeInTime(Worker worker) {
        Thread closing = Thread.ofPlatform().daemon().name("close").start(worker::close);
        try {
            if (!closing.join(LONGEST_STOP)) {
                LoggerFactory.getLogger(WorkerCommand.class).warn("state=cut: the stop took {}", LONGEST_STOP);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Set<Worker.Role> parsedRoles() {
        Set<Worker.Role> parsed = new LinkedHashSet<>();
        for (String role : roles) {
            parsed.add(
                    switch (role) {
                        case "consume" -> Worker.Role.CONSUME;
                        case "deliver" -> Worker.Role.DELIVER;
                        case "console" -> Worker.Role.CONSOLE;
                        case "media" -> Worker.Role.MEDIA;
                        default ->
                            throw new ParameterException(
                                    spec.commandLine(),
                                    "--roles knows consume, deliver, console and media, not " + role);
                    });
        }
        return parsed;
    }

    private PayloadSelection selection() {
        Set<PayloadId> chosen = new LinkedHashSet<>();
        for (String id : ids) {
            try {
                chosen.add(PayloadId.parse(id));
            } catch (IllegalArgumentException e) {
                throw new ParameterException(spec.commandLine(), "--id wants a payload's id, a UUIDv7, not " + id, e);
            }
        }
        return new PayloadSelection(chosen, time(since), time(until), failed, accounts);
    }

    private Optional<Long> businessId() {
        try {
            return Optional.ofNullable(business).map(Long::valueOf);
        } catch (NumberFormatException e) {
            throw new ParameterException(
                    spec.commandLine(), "--business wants the business's id here; worker --businesses lists them", e);
        }
    }

    private int resend(ResendRun run) throws InterruptedException {
        if (resendOptions.given() > 1) {
            throw new ParameterException(spec.commandLine(), "choose one of --list, --cancel, --resume");
        }
        if (resendOptions.given() == 1) {
            return run.manage(resendOptions);
        }
        return dryRun
                ? run.count(resendSelection())
                : run.run(
                        resendSelection(),
                        rate == 0 ? OptionalInt.empty() : OptionalInt.of(rate),
                        resendOptions.noWait);
    }

    private Resend.Selection resendSelection() {
        Set<UUID> chosen = new LinkedHashSet<>();
        for (String id : ids) {
            try {
                chosen.add(UUID.fromString(id));
            } catch (IllegalArgumentException e) {
                throw new ParameterException(spec.commandLine(), "--id wants a webhook-id, a UUID, not " + id, e);
            }
        }
        return new Resend.Selection(
                Optional.ofNullable(endpoint),
                type == null ? "*" : type,
                time(since),
                time(until),
                chosen,
                accounts,
                Optional.ofNullable(conversation),
                only());
    }

    private Resend.Only only() {
        return failed
                ? Resend.Only.FAILED
                : missed
                        ? Resend.Only.MISSED
                        : dead ? Resend.Only.DEAD : delivered ? Resend.Only.DELIVERED : Resend.Only.ALL;
    }

    private Optional<Instant> time(@Nullable String text) {
        try {
            return Optional.ofNullable(text).map(t -> Moment.parse(t, Instant.now()));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private void refuseMisplaced(Companions companions) {
        List<String> given = companions.options().stream().filter(this::isGiven).toList();
        if (!given.isEmpty() && companions.of().stream().noneMatch(this::isGiven)) {
            throw new ParameterException(
                    spec.commandLine(),
                    String.join(", ", given) + (given.size() == 1 ? " goes with " : " go with ")
                            + String.join(" or ", companions.of()) + "; see worker --help");
        }
    }

    private boolean isGiven(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }
}
