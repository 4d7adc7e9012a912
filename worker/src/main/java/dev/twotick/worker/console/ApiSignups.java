package dev.twotick.worker.console;

import dev.twotick.worker.console.ApiTokens.Program;
import dev.twotick.worker.notices.Signups;
import dev.twotick.worker.notices.Signups.Signup;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Sign-ups for programs.
final class ApiSignups {
    private static final int PAGE = 100;

    private final DSLContext db;
    private final AuditLog audit;

    ApiSignups(DSLContext db, AuditLog audit) {
        this.db = db;
        this.audit = audit;
    }

    /// All that is to be said of it: what is null is taken away.
    ///
    /// @param label   which whoever signs up from now on gets
    /// @param account a phone_number_id of whose business it is
    record Said(
            @Nullable String name,
            @Nullable Long label,
            @Nullable Long business,
            @Nullable String account) {}

    void addTo(ApiRoutes routes) {
        routes.read("/signups", (ctx, _) -> list(ctx));
        routes.write(HandlerType.PUT, "/signups/{signup}", this::say);
    }

    /// A page goes on after `BUSINESS:SIGN-UP`.
    private void list(Context ctx) {
        String after = Optional.ofNullable(ctx.queryParam("after")).orElse("0:");
        int colon = after.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("after is what next of the page before says");
        }
        List<Signup> signups =
                Signups.after(db, ApiRoutes.number(after.substring(0, colon)), after.substring(colon + 1), PAGE);
        ApiRoutes.json(ctx, Listed.of(signups, PAGE, signup -> signup.business() + ":" + signup.signupId()));
    }

    private void say(Context ctx, Program program) {
        String signup = ctx.pathParam("signup");
        Said said = ApiRoutes.body(ctx, Said.class);
        long business = ApiRoutes.business(db, said.account(), said.business());
        audit.asked(program.actor(), "signup.set", signup);
        if (Signups.say(db, business, signup, said.name(), said.label())) {
            ApiRoutes.json(ctx, Signups.find(db, business, signup).orElseThrow());
        } else {
            ApiRoutes.problem(ctx, 404, "The business has no such label", "GET /labels has those of each business.");
        }
    }
}
