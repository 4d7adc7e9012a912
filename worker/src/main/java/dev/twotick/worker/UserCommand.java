package dev.twotick.worker;

import dev.twotick.worker.console.AuditLog;
import dev.twotick.worker.console.ConsoleSettings;
import dev.twotick.worker.console.ConsoleUsers;
import dev.twotick.worker.console.SecretToken;
import dev.twotick.worker.console.SignInLinks;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import org.jooq.DSLContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `worker user …`: who may sign in to the console. Nobody types a password here: a link signs in, and its user chooses
/// one then.
@Command(
        name = "user",
        sortOptions = false,
        usageHelpAutoWidth = true,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = {"Who may sign in to the console (worker --roles console).", ""},
        footer = {
            "",
            "Ends with 0 when it is done, 1 when it cannot be, 2 for bad arguments.",
            "",
            "Examples:",
            "  worker user add ada                  a user who may look and act, and a link for them",
            "  worker user add bob --scope read     one who may only look",
            "  worker user link ada                 another link, as for a password that was forgotten"
        })
final class UserCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private final Map<String, String> environment;

    UserCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Command(
            name = "add",
            description = "Adds a user, and shows a link that signs them in.",
            mixinStandardHelpOptions = true)
    int add(@Parameters(paramLabel = "NAME") String name, @Mixin ScopeOption scope) {
        boolean mayWrite = scope.mayWrite(spec);
        return inDatabase((db, settings, out) -> {
            new AuditLog(db).asked(AuditLog.COMMAND, "user.add", name);
            if (!new ConsoleUsers(db).add(name, mayWrite)) {
                throw new IllegalStateException("there is a user of that name: worker user link " + name
                        + " makes a link for them, and worker user remove " + name + " takes them away");
            }
            showLink(db, settings.console(), out, name);
        });
    }

    @Command(
            name = "link",
            description = "Shows a link that signs this user in, once.",
            mixinStandardHelpOptions = true)
    int link(@Parameters(paramLabel = "NAME") String name) {
        return inDatabase((db, settings, out) -> {
            new AuditLog(db).asked(AuditLog.COMMAND, "user.link", name);
            showLink(db, settings.console(), out, name);
        });
    }

    private static void showLink(DSLContext db, ConsoleSettings console, PrintWriter out, String name) {
        SecretToken token = SecretToken.random();
        if (!new SignInLinks(db).offer(name, token)) {
            throw noSuch(name);
        }
        out.println("User " + name + " signs in with this link, once, within " + SignInLinks.VALIDITY.toHours()
                + " hours. Put your own host in front, if it is another:");
        out.println("http://" + console.host() + ":" + console.port() + SignInLinks.path(token));
    }

    @Command(name = "list", description = "Shows all.", mixinStandardHelpOptions = true)
    int list() {
        return inDatabase((db, _, out) -> {
            List<ConsoleUsers.User> users = new ConsoleUsers(db).list();
            if (users.isEmpty()) {
                out.println("There is no user; worker user add NAME makes one.");
            }
            users.forEach(user -> out.printf(
                    "%-24s %-5s %s%n",
                    user.name(),
                    ScopeOption.word(user.mayWrite()),
                    user.hasPassword() ? "has a password" : "signs in by link"));
        });
    }

    @Command(name = "remove", description = "Takes one away, and signs them out.", mixinStandardHelpOptions = true)
    int remove(@Parameters(paramLabel = "NAME") String name) {
        return inDatabase((db, _, out) -> {
            new AuditLog(db).asked(AuditLog.COMMAND, "user.remove", name);
            if (!new ConsoleUsers(db).remove(name)) {
                throw noSuch(name);
            }
            out.println("User " + name + " is removed.");
        });
    }

    private static IllegalStateException noSuch(String name) {
        return new IllegalStateException("no user is called " + name + "; see: worker user list");
    }

    private int inDatabase(CommandDatabase.Said said) {
        return CommandDatabase.say(spec, environment, said);
    }
}
