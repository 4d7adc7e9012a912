package dev.twotick.worker;

import dev.twotick.model.settings.SettingsReader;
import dev.twotick.worker.console.AuditLog;
import dev.twotick.worker.deliver.TestCall;
import dev.twotick.worker.outbox.DeadCalls;
import dev.twotick.worker.outbox.EndpointRefused;
import dev.twotick.worker.outbox.EndpointView;
import dev.twotick.worker.outbox.Endpoints;
import dev.twotick.worker.outbox.FailedAttempt;
import dev.twotick.worker.outbox.HookSecret;
import dev.twotick.worker.outbox.Resend;
import dev.twotick.worker.outbox.TestedCall;
import java.io.PrintWriter;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/// `worker endpoint …`: what people and scripts say to [Endpoints].
@Command(
        name = "endpoint",
        sortOptions = false,
        usageHelpAutoWidth = true,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Who is called: adds, shows and changes endpoints. Running workers hold to it within two seconds.",
            "NAME is an endpoint's name or its id.",
            ""
        },
        footer = {
            "",
            "Ends with 0 when it is done, 1 when it cannot be, 2 for bad arguments, 3 when there is no such endpoint.",
            "",
            "Examples:",
            "  worker endpoint add crm https://crm.example/hook --events 'message.*,contact.*'",
            "  worker endpoint set crm --header 'Authorization: Bearer …' --rate 50 --timeout 5s",
            "  worker endpoint add bot https://bot.example/webhook --format meta --one-item",
            "  worker endpoint rotate crm --grace 2d",
            "  worker endpoint list --json | jq -r '.[] | select(.state != \"active\") | .name'"
        })
final class EndpointCommand {
    /// All others stand in the audit log.
    private static final Set<String> READS = Set.of("list", "show", "failures", "dead");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private final Map<String, String> environment;

    EndpointCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Command(name = "add", description = "Adds one, and shows its secret: once.", mixinStandardHelpOptions = true)
    int add(
            @Parameters(paramLabel = "NAME", description = "Its name, which no other has.") String name,
            @Parameters(paramLabel = "URL", description = "Where it is called.") String url,
            @Option(
                            names = "--format",
                            paramLabel = "FORMAT",
                            defaultValue = "standard",
                            description = "standard: events; meta: payloads as Meta sent them, signed as Meta signs.")
                    String format,
            @Mixin EndpointOptions wanted) {
        return with((endpoints, out) -> {
            HookSecret secret = endpoints.add(wanted.form(name, url), format);
            out.println("Endpoint " + name + " is added. Its secret, which is not shown again:");
            out.println(secret.text());
        });
    }

    @Command(name = "list", description = "Shows all.", mixinStandardHelpOptions = true)
    int list(@Option(names = "--json", description = "As a JSON array.") boolean json) {
        return with((endpoints, out) -> {
            List<EndpointView> all = endpoints.list();
            if (json) {
                out.println(EndpointView.json(all));
            } else if (all.isEmpty()) {
                out.println("There is no endpoint; worker endpoint add NAME URL makes one.");
            } else {
                EndpointText.table(all).forEach(out::println);
            }
        });
    }

    @Command(name = "show", description = "Shows one.", mixinStandardHelpOptions = true)
    int show(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--json", description = "As a JSON object.") boolean json) {
        return with((endpoints, out) -> {
            EndpointView view = endpoints.show(name);
            if (json) {
                out.println(view.json());
            } else {
                EndpointText.lines(view).forEach(out::println);
                endpoints
                        .failures(name, 1)
                        .forEach(failure -> out.println("last failure " + FailureText.lines(failure)));
            }
        });
    }

    @Command(
            name = "failures",
            description = "Shows what went wrong at it lately, and what was answered.",
            mixinStandardHelpOptions = true)
    int failures(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--limit", paramLabel = "N", defaultValue = "20", description = "So many: 20, unless said.")
                    int limit,
            @Option(names = "--json", description = "As a JSON array.") boolean json) {
        requireSome(limit);
        return with((endpoints, out) -> {
            List<FailedAttempt> failures = endpoints.failures(name, limit);
            if (json) {
                out.println(FailedAttempt.json(failures));
            } else if (failures.isEmpty()) {
                out.println("Nothing is known to have gone wrong at " + name + ".");
            } else {
                failures.forEach(failure -> out.println(FailureText.lines(failure)));
            }
        });
    }

    @Command(
            name = "dead",
            description = "Shows its calls that were given up, the latest event first."
                    + " worker --resend --endpoint NAME --dead makes them again.",
            mixinStandardHelpOptions = true)
    int dead(
            @Parameters(paramLabel = "NAME") String name,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "100",
                            description = "So many: 100, unless said.")
                    int limit,
            @Option(names = "--from", paramLabel = "PLACE", description = "From where the list before ended.") @Nullable
                    String from,
            @Option(names = "--json", description = "As a JSON array.") boolean json) {
        requireSome(limit);
        return with((endpoints, out) -> {
            DeadCalls dead = endpoints.dead(name, Optional.ofNullable(from), limit);
            if (json) {
                out.println(dead.json());
            } else if (dead.calls().isEmpty()) {
                out.println("No call of " + name + " was given up.");
            } else {
                ResendText.dead(dead.calls()).forEach(out::println);
            }
            dead.next().ifPresent(next -> System.err.println("More: --from " + next));
        });
    }

    @Command(name = "set", description = "Changes what is said, and leaves the rest.", mixinStandardHelpOptions = true)
    int set(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--name", paramLabel = "NAME", description = "Another name.") @Nullable String newName,
            @Option(names = "--url", paramLabel = "URL", description = "Where it is called.") @Nullable String url,
            @Mixin EndpointOptions wanted) {
        return with((endpoints, out) -> {
            endpoints.set(name, wanted.form(newName, url));
            out.println("Endpoint " + (newName == null ? name : newName) + " is changed.");
        });
    }

    @Command(
            name = "pause",
            description = "Lets its calls wait: they are owed all the same.",
            mixinStandardHelpOptions = true)
    int pause(@Parameters(paramLabel = "NAME") String name) {
        return with((endpoints, out) -> {
            endpoints.pause(name);
            out.println("Endpoint " + name + " is paused: its calls wait.");
        });
    }

    @Command(
            name = "resume",
            description = "Has it called again, also one that paused by itself because it failed.",
            mixinStandardHelpOptions = true)
    int resume(@Parameters(paramLabel = "NAME") String name) {
        return with((endpoints, out) -> {
            endpoints.resume(name);
            out.println("Endpoint " + name + " is called; waiting: "
                    + endpoints.show(name).waiting() + ".");
        });
    }

    @Command(name = "disable", description = "Owes it no more calls, and makes none.", mixinStandardHelpOptions = true)
    int disable(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--reason", paramLabel = "TEXT", description = "For people.", defaultValue = "by command")
                    String reason) {
        return with((endpoints, out) -> {
            endpoints.disable(name, reason);
            out.println("Endpoint " + name + " is disabled: what is raised from now on is not owed to it.");
        });
    }

    @Command(
            name = "enable",
            description = "Has it called again, and says what it was not told meanwhile.",
            mixinStandardHelpOptions = true)
    int enable(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--resend", description = "Owe it that, too.") boolean resend)
            throws InterruptedException {
        return inDatabase((db, settings, out) -> {
            Optional<Instant> since = new Endpoints(db, settings.hooks()).enable(name);
            out.println("Endpoint " + name + (since.isEmpty() ? " was not disabled." : " is called."));
            if (since.isPresent()) {
                missed(db, out, name, since.get(), resend);
            }
            return 0;
        });
    }

    private static void missed(DSLContext db, PrintWriter out, String name, Instant since, boolean resend)
            throws InterruptedException {
        Resend.Selection missed = Resend.Selection.of(name, Optional.of(since), Resend.Only.MISSED);
        if (resend) {
            Resend.Counts counts = new Resend(db).run(missed, OptionalInt.empty(), _ -> {});
            out.println(counts.owed() + " events that were raised meanwhile are owed to it now."
                    + (counts.stalled().isEmpty() ? "" : " It takes none: the rest is owed once it does."));
            return;
        }
        long calls = new Resend(db).count(missed).calls();
        if (calls > 0) {
            out.println(calls + " events were raised meanwhile that it wants and was not told of. To owe them:");
            out.println("worker --resend --endpoint " + name + " --since " + since + " --missed");
        }
    }

    @Command(
            name = "rotate",
            description = "Shows a new secret, once. The ones before sign beside it for the grace.",
            mixinStandardHelpOptions = true)
    int rotate(
            @Parameters(paramLabel = "NAME") String name,
            @Option(
                            names = "--grace",
                            paramLabel = "TIME",
                            defaultValue = "24h",
                            description = "How long: 24h, unless said; 0s ends them now.")
                    String grace) {
        Duration time = duration(grace);
        return with((endpoints, out) -> {
            HookSecret secret = endpoints.rotate(name, time);
            out.println("Calls of " + name + " are signed with this too"
                    + (time.isZero() ? ", and with nothing else" : "; alone in " + grace) + ". It is not shown again:");
            out.println(secret.text());
        });
    }

    @Command(
            name = "test",
            description = "Calls it once, from here, with an event endpoint.test, and says what it answered.",
            mixinStandardHelpOptions = true)
    int test(@Parameters(paramLabel = "NAME") String name) throws InterruptedException {
        return inDatabase((db, settings, out) -> {
            try (TestCall call = new TestCall(settings.hooks())) {
                TestedCall result = call.make(new Endpoints(db, settings.hooks()).opened(name));
                out.println(result.text());
                return result.delivered() ? 0 : 1;
            }
        });
    }

    @Command(name = "remove", description = "Takes it away, with what it is owed.", mixinStandardHelpOptions = true)
    int remove(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--yes", description = "Also when calls wait, or were given up.") boolean yes) {
        return with((endpoints, out) -> {
            try {
                long calls = endpoints.remove(name, yes);
                out.println("Endpoint " + name + " is removed" + (calls == 0 ? "." : ", with " + calls + " calls."));
            } catch (EndpointRefused e) {
                throw e.why() == EndpointRefused.Why.CALLS_WAIT
                        ? new IllegalStateException(e.getMessage() + "; add --yes", e)
                        : e;
            }
        });
    }

    private interface Said {
        void to(Endpoints endpoints, PrintWriter out);
    }

    private int with(Said said) {
        return inDatabase((db, settings, out) -> {
            said.to(new Endpoints(db, settings.hooks()), out);
            return 0;
        });
    }

    private <E extends Exception> int inDatabase(CommandDatabase.Work<E> work) throws E {
        return CommandDatabase.with(spec, environment, (db, settings, out) -> {
            ParseResult said = spec.commandLine().getParseResult().subcommand();
            String command = said.commandSpec().name();
            if (!READS.contains(command)) {
                new AuditLog(db).asked(AuditLog.COMMAND, "endpoint." + command, said.matchedPositionalValue(0, ""));
            }
            return work.in(db, settings, out);
        });
    }

    private void requireSome(int limit) {
        if (limit < 1) {
            throw new ParameterException(spec.commandLine(), "--limit is a number of calls, not " + limit);
        }
    }

    private Duration duration(String text) {
        try {
            return SettingsReader.parseDuration(text);
        } catch (DateTimeException e) {
            throw new ParameterException(
                    spec.commandLine(), "--grace is a length of time such as 24h or 0s, not " + text, e);
        }
    }
}
