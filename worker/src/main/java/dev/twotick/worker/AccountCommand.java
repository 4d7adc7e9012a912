package dev.twotick.worker;

import dev.twotick.worker.console.AccountRows;
import dev.twotick.worker.console.AccountRows.Account;
import dev.twotick.worker.console.AccountRows.Changes;
import dev.twotick.worker.console.AuditLog;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `worker account …`: what the console's pages of accounts do, by the same code.
@Command(
        name = "account",
        sortOptions = false,
        usageHelpAutoWidth = true,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = {"The numbers that Meta's webhooks are about, each by its phone_number_id.", ""},
        footer = {"", "Ends with 0 when it is done, 1 when it cannot be, 2 for bad arguments."})
final class AccountCommand {
    private static final int PAGE = 100;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private final Map<String, String> environment;

    AccountCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Command(name = "list", description = "Shows all.", mixinStandardHelpOptions = true)
    int list() {
        return inDatabase((db, _, out) -> {
            AccountRows rows = new AccountRows(db);
            List<Account> page = rows.after(0, PAGE);
            if (page.isEmpty()) {
                out.println("There is no account; one adds itself with the first payload that is about it.");
            }
            while (!page.isEmpty()) {
                page.forEach(one -> out.printf(
                        "%-18s %-16s %-8s handshake %-24s %s%n",
                        one.phoneNumberId(),
                        Objects.requireNonNullElse(one.displayPhoneNumber(), "-"),
                        one.active() ? "active" : "disabled",
                        one.handshakeAt() == null ? "never" : one.handshakeAt(),
                        Objects.requireNonNullElse(one.name(), "")));
                page = rows.after(page.getLast().id(), PAGE);
            }
        });
    }

    @Command(
            name = "show",
            description = "Shows one, and which of Meta's fields have arrived.",
            mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "NUMBER") String number) {
        return inDatabase((db, _, out) -> {
            AccountRows rows = new AccountRows(db);
            Account one = rows.find(number).orElseThrow(() -> noSuch(number));
            out.println("phone_number_id " + one.phoneNumberId());
            out.println("number          " + Objects.requireNonNullElse(one.displayPhoneNumber(), "not heard of yet"));
            out.println("name            " + Objects.requireNonNullElse(one.name(), ""));
            out.println("business        " + one.business());
            out.println("app             " + Objects.requireNonNullElse(one.app(), "any"));
            out.println("state           " + (one.active() ? "active" : "disabled"));
            out.println("verify token    " + (one.hasToken() ? "one of its own" : "that of TWOTICK_VERIFY_TOKEN"));
            out.println("handshake       " + (one.handshakeAt() == null ? "has not come" : one.handshakeAt()));
            out.println("fields          " + String.join(", ", rows.fields(one)));
        });
    }

    @Command(name = "add", description = "Adds one, before its first payload does.", mixinStandardHelpOptions = true)
    int add(@Parameters(paramLabel = "NUMBER") String number) {
        return inDatabase((db, _, out) -> {
            new AuditLog(db).asked(AuditLog.COMMAND, "account.add", number);
            boolean isNew = new AccountRows(db).add(number);
            out.println("Account " + number + (isNew ? " is added." : " was there already."));
        });
    }

    @Command(
            name = "set",
            description = "Changes what is said; an empty text takes it away.",
            mixinStandardHelpOptions = true)
    int set(
            @Parameters(paramLabel = "NUMBER") String number,
            @Option(names = "--name", paramLabel = "TEXT") @Nullable String name,
            @Option(names = "--app", paramLabel = "NAME", description = "Items that another app signed are failed.")
                    @Nullable
                    String app,
            @Option(
                            names = "--active",
                            arity = "1",
                            paramLabel = "true|false",
                            description = "Meta's handshake may use its token.")
                    @Nullable
                    Boolean active) {
        return inDatabase((db, _, out) -> {
            new AuditLog(db).asked(AuditLog.COMMAND, "account.set", number);
            if (!new AccountRows(db).set(number, new Changes(name, app, null, active))) {
                throw noSuch(number);
            }
            out.println("Account " + number + " is changed.");
        });
    }

    @Command(
            name = "rotate",
            description =
                    "Gives it another verify token, at random, and shows it: once. Meta's next handshake needs it.",
            mixinStandardHelpOptions = true)
    int rotate(@Parameters(paramLabel = "NUMBER") String number) {
        return inDatabase((db, _, out) -> {
            new AuditLog(db).asked(AuditLog.COMMAND, "account.rotate", number);
            String token = new AccountRows(db)
                    .rotate(number)
                    .orElseThrow(() -> noSuch(number))
                    .text();
            out.println("The verify token of account " + number + ", which is not shown again. Enter it at Meta:");
            out.println(token);
        });
    }

    private static IllegalStateException noSuch(String number) {
        return new IllegalStateException("there is no account " + number + "; see: worker account list");
    }

    private int inDatabase(CommandDatabase.Said said) {
        return CommandDatabase.say(spec, environment, said);
    }
}
