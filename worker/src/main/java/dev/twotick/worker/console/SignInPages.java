package dev.twotick.worker.console;

import io.javalin.http.Context;
import io.javalin.http.Cookie;
import io.javalin.http.SameSite;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Signing in, by password or by a link that was handed over; signing out; choosing a password.
final class SignInPages {
    private final ConsoleUsers users;
    private final SignInLinks links;
    private final ConsoleSessions sessions;
    private final AuditLog audit;
    private final Html html;
    private final SignInThrottle throttle = new SignInThrottle();

    SignInPages(ConsoleUsers users, SignInLinks links, ConsoleSessions sessions, AuditLog audit, Html html) {
        this.users = users;
        this.links = links;
        this.sessions = sessions;
        this.audit = audit;
        this.html = html;
    }

    /// @param to where to go then
    /// @param link what the link holds, if one was followed
    record Form(String to, @Nullable String link, @Nullable String problem) {}

    /// @param problem why it was not taken, or nothing
    record Password(int shortest, @Nullable String problem, boolean chosen) {}

    void addTo(Routes routes) {
        routes.open("/sign-in", ctx -> show(ctx, null));
        routes.openPost("/sign-in", this::signIn);
        routes.own("/sign-out", this::signOut);
        routes.read("/password", (ctx, visitor) -> password(ctx, visitor, null, false));
        routes.own("/password", this::choosePassword);
    }

    /// A link is not used up by whatever looks at it for a preview: only the button does that.
    private void show(Context ctx, @Nullable String problem) {
        String link = ctx.queryParam("link");
        html.show(ctx, null, "", "Sign in", "signin", new Form(ownPath(ctx.queryParam("to")), link, problem));
    }

    private void signIn(Context ctx) {
        String link = ctx.formParam("link");
        if (link != null) {
            byLink(ctx, link);
        } else {
            byPassword(ctx, text(ctx, "name"), text(ctx, "password"));
        }
    }

    private void byLink(Context ctx, String text) {
        Optional<SignInLinks.Taken> taken = SecretToken.of(text).flatMap(links::take);
        if (taken.isPresent()) {
            begin(ctx, taken.get().userId(), taken.get().name(), "user.sign_in_by_link");
        } else {
            ctx.status(403);
            show(ctx, "This link was used, or is too old. Somebody with a shell makes another: worker user link NAME");
        }
    }

    private void byPassword(Context ctx, String name, String password) {
        Duration wait = throttle.wait(name, ctx.ip());
        if (wait.isPositive()) {
            long seconds = wait.toSeconds() + 1;
            ctx.status(429).header("Retry-After", String.valueOf(seconds));
            show(ctx, "Too many tries. The next one may be made in " + seconds + " s.");
            return;
        }
        Optional<ConsoleUsers.Account> account = users.named(name);
        PasswordHash hash = account.map(ConsoleUsers.Account::password).orElse(PasswordHash.NOBODYS);
        if (password.length() <= ConsoleUsers.LONGEST_PASSWORD && hash.isOf(password) && account.isPresent()) {
            begin(ctx, account.get().id(), account.get().name(), "user.sign_in");
        } else {
            ctx.status(403);
            show(ctx, "There is no such user, or the password is another one.");
        }
    }

    private void begin(Context ctx, long userId, String name, String action) {
        audit.asked("user:" + name, action, name);
        ctx.cookie(cookie(sessions.begin(userId).text(), (int) ConsoleSessions.LENGTH.toSeconds()));
        Routes.seeOther(ctx, ownPath(ctx.formParam("to")));
    }

    private void signOut(Context ctx, Visitor visitor) {
        sessions.end(visitor.session());
        ctx.cookie(cookie("", 0));
        Routes.seeOther(ctx, "/sign-in");
    }

    private static Cookie cookie(String value, int maxAge) {
        return new Cookie(Routes.COOKIE, value, "/", maxAge, true, true, null, SameSite.STRICT);
    }

    private void password(Context ctx, Visitor visitor, @Nullable String problem, boolean chosen) {
        html.show(
                ctx,
                visitor,
                "password",
                "Password",
                "password",
                new Password(ConsoleUsers.SHORTEST_PASSWORD, problem, chosen));
    }

    private void choosePassword(Context ctx, Visitor visitor) {
        String password = text(ctx, "password");
        if (!password.equals(text(ctx, "again"))) {
            ctx.status(400);
            password(ctx, visitor, "The two are not the same.", false);
            return;
        }
        try {
            audit.asked(visitor.actor(), "user.password", visitor.name());
            users.choosePassword(visitor, password);
            password(ctx, visitor, null, true);
        } catch (IllegalArgumentException e) {
            ctx.status(400);
            password(ctx, visitor, e.getMessage(), false);
        }
    }

    private static String text(Context ctx, String field) {
        String text = ctx.formParam(field);
        return text == null ? "" : text;
    }

    /// A path of ours, and nothing that a browser takes for another host.
    private static String ownPath(@Nullable String wanted) {
        return wanted != null && wanted.matches("/[A-Za-z0-9][^\\\\\\s]*") ? wanted : "/";
    }
}
