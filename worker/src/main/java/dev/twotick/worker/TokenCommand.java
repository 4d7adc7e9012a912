package dev.twotick.worker;

import dev.twotick.worker.console.ApiTokens;
import dev.twotick.worker.console.AuditLog;
import dev.twotick.worker.console.SecretToken;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `worker token …`: which programs may use the API.
@Command(
        name = "token",
        sortOptions = false,
        usageHelpAutoWidth = true,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = {"Which programs may use the API (worker --roles console).", ""},
        footer = {"", "Ends with 0 when it is done, 1 when it cannot be, 2 for bad arguments."})
final class TokenCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private final Map<String, String> environment;

    TokenCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Command(name = "add", description = "Makes a token, and shows it: once.", mixinStandardHelpOptions = true)
    int add(
            @Parameters(paramLabel = "NAME", description = "Which program it is for.") String name,
            @Mixin ScopeOption scope) {
        boolean mayWrite = scope.mayWrite(spec);
        return inDatabase((db, _, out) -> {
            new AuditLog(db).asked(AuditLog.COMMAND, "token.add", name);
            SecretToken token = new ApiTokens(db)
                    .add(name, mayWrite)
                    .orElseThrow(() -> new IllegalStateException(
                            "there is a token of that name; worker token remove " + name + " takes it away"));
            out.println("Token " + name + ", which is not shown again. It is sent as Authorization: Bearer TOKEN");
            out.println(token.text());
        });
    }

    @Command(name = "list", description = "Shows all, without what is secret.", mixinStandardHelpOptions = true)
    int list() {
        return inDatabase((db, _, out) -> {
            List<ApiTokens.Program> programs = new ApiTokens(db).list();
            if (programs.isEmpty()) {
                out.println("There is no token; worker token add NAME makes one.");
            }
            programs.forEach(one ->
                    out.printf("%-24s %-5s %s%n", one.name(), ScopeOption.word(one.mayWrite()), one.createdAt()));
        });
    }

    @Command(name = "remove", description = "Takes one away, at once.", mixinStandardHelpOptions = true)
    int remove(@Parameters(paramLabel = "NAME") String name) {
        return inDatabase((db, _, out) -> {
            new AuditLog(db).asked(AuditLog.COMMAND, "token.remove", name);
            if (!new ApiTokens(db).remove(name)) {
                throw new IllegalStateException("no token is called " + name + "; see: worker token list");
            }
            out.println("Token " + name + " is removed.");
        });
    }

    private int inDatabase(CommandDatabase.Said said) {
        return CommandDatabase.say(spec, environment, said);
    }
}
