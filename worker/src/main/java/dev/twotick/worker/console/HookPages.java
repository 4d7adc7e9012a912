package dev.twotick.worker.console;

import dev.twotick.worker.outbox.BadEndpoint;
import dev.twotick.worker.outbox.DeadCalls;
import dev.twotick.worker.outbox.DeadCalls.DeadCall;
import dev.twotick.worker.outbox.EndpointCalls;
import dev.twotick.worker.outbox.EndpointRefused;
import dev.twotick.worker.outbox.EndpointView;
import dev.twotick.worker.outbox.Endpoints;
import dev.twotick.worker.outbox.HookSecret;
import io.javalin.http.Context;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Who is called, how they are doing, and what waits for them or is dead. What is changed here is what `worker
/// endpoint` changes, by the same code.
final class HookPages {
    static final int PAGE = 50;
    private static final int FIRST_WAITING = 10;

    private final Endpoints endpoints;
    private final EndpointCalls calls;
    private final TestCalls test;
    private final AuditLog audit;
    private final Html html;

    HookPages(Endpoints endpoints, EndpointCalls calls, TestCalls test, AuditLog audit, Html html) {
        this.endpoints = endpoints;
        this.calls = calls;
        this.test = test;
        this.audit = audit;
        this.html = html;
    }

    /// @param problems what was wrong with the endpoint that was to be added
    record ListPage(List<EndpointView> endpoints, EndpointFields fields, List<String> problems) {}

    /// @param older before which event the attempts go on
    /// @param moreDead where the dead ones go on
    record OnePage(
            EndpointView endpoint,
            EndpointFields fields,
            List<EndpointCalls.Open> waiting,
            List<DeadCall> dead,
            @Nullable String moreDead,
            String outcome,
            List<EndpointCalls.Tried> tried,
            EndpointCalls.@Nullable Place older,
            List<String> problems) {}

    /// @param secret shown here, and never again
    record SecretPage(String name, String secret, String words) {}

    void addTo(Routes routes) {
        routes.read("/hooks", (ctx, visitor) -> list(ctx, visitor, EndpointFields.none(), List.of()));
        routes.write("/hooks", this::add);
        routes.read("/hooks/{endpoint}", (ctx, visitor) -> one(ctx, visitor, null, List.of()));
        routes.write("/hooks/{endpoint}", this::set);
        routes.write("/hooks/{endpoint}/pause", (ctx, visitor) -> {
            endpoints.pause(asked(ctx, visitor, "endpoint.pause"));
            back(ctx);
        });
        routes.write("/hooks/{endpoint}/resume", (ctx, visitor) -> {
            endpoints.resume(asked(ctx, visitor, "endpoint.resume"));
            back(ctx);
        });
        routes.write("/hooks/{endpoint}/disable", (ctx, visitor) -> {
            endpoints.disable(asked(ctx, visitor, "endpoint.disable"), "by " + visitor.name());
            back(ctx);
        });
        routes.write("/hooks/{endpoint}/enable", this::enable);
        routes.write("/hooks/{endpoint}/test", this::test);
        routes.write("/hooks/{endpoint}/rotate", this::rotate);
        routes.write("/hooks/{endpoint}/remove", this::remove);
    }

    private void list(Context ctx, Visitor visitor, EndpointFields fields, List<String> problems) {
        html.show(ctx, visitor, "hooks", "Hooks", "hooks", new ListPage(endpoints.glance(), fields, problems));
    }

    private void add(Context ctx, Visitor visitor) {
        EndpointFields fields = EndpointFields.of(ctx);
        audit.asked(visitor.actor(), "endpoint.add", fields.name());
        try {
            HookSecret secret = endpoints.add(fields.form(true));
            showSecret(ctx, visitor, fields.name(), secret, "The endpoint is added, and called within two seconds.");
        } catch (BadEndpoint e) {
            ctx.status(400);
            list(ctx, visitor, fields, e.problems());
        } catch (EndpointRefused e) {
            ctx.status(409);
            list(ctx, visitor, fields, List.of(String.valueOf(e.getMessage())));
        }
    }

    private void showSecret(Context ctx, Visitor visitor, String name, HookSecret secret, String words) {
        html.show(ctx, visitor, "hooks", "Secret of " + name, "secret", new SecretPage(name, secret.text(), words));
    }

    private void one(Context ctx, Visitor visitor, @Nullable EndpointFields typed, List<String> problems) {
        EndpointView endpoint = endpoints.glance(ctx.pathParam("endpoint"));
        String outcome = Optional.ofNullable(ctx.queryParam("outcome")).orElse("");
        EndpointCalls.Page tried = calls.tried(
                endpoint.id(),
                outcome,
                Optional.ofNullable(ctx.queryParam("before"))
                        .map(EndpointCalls.Place::parse)
                        .orElse(EndpointCalls.Place.END),
                PAGE);
        DeadCalls dead = endpoints.dead(endpoint.id().toString(), Optional.ofNullable(ctx.queryParam("after")), PAGE);
        html.show(
                ctx,
                visitor,
                "hooks",
                endpoint.name(),
                "hook",
                new OnePage(
                        endpoint,
                        typed == null ? EndpointFields.of(endpoint) : typed,
                        calls.waiting(endpoint.id(), FIRST_WAITING),
                        dead.calls(),
                        dead.next().orElse(null),
                        outcome,
                        tried.tried(),
                        tried.older().orElse(null),
                        problems));
    }

    private void set(Context ctx, Visitor visitor) {
        EndpointFields fields = EndpointFields.of(ctx);
        String which = asked(ctx, visitor, "endpoint.set");
        try {
            endpoints.set(which, fields.form(false));
            back(ctx);
        } catch (BadEndpoint e) {
            ctx.status(400);
            one(ctx, visitor, fields, e.problems());
        }
    }

    /// What was raised meanwhile is not owed, so it is said how to owe it.
    private void enable(Context ctx, Visitor visitor) {
        String which = asked(ctx, visitor, "endpoint.enable");
        Optional<Instant> since = endpoints.enable(which);
        EndpointView endpoint = endpoints.show(which);
        html.say(
                ctx,
                visitor,
                200,
                "Endpoint " + endpoint.name() + " is called",
                since.map(at ->
                                "What it wants and was raised since it was disabled is not owed to it. To owe it: worker"
                                        + " --resend --endpoint " + endpoint.name() + " --since " + at + " --missed")
                        .orElse("It was not disabled."));
    }

    private void test(Context ctx, Visitor visitor) {
        String which = asked(ctx, visitor, "endpoint.test");
        html.say(
                ctx,
                visitor,
                200,
                "A test event was sent",
                test.call(endpoints.opened(which)).text());
    }

    private void rotate(Context ctx, Visitor visitor) {
        String which = asked(ctx, visitor, "endpoint.rotate");
        String grace = Optional.ofNullable(ctx.formParam("grace")).orElse("");
        HookSecret secret = endpoints.rotate(which, EndpointFields.duration(grace));
        showSecret(
                ctx,
                visitor,
                endpoints.show(which).name(),
                secret,
                "Calls are signed with it too; the ones before sign beside it for " + grace + ".");
    }

    private void remove(Context ctx, Visitor visitor) {
        String which = asked(ctx, visitor, "endpoint.remove");
        String typed = Optional.ofNullable(ctx.formParam("name")).orElse("").strip();
        if (!endpoints.show(which).name().equals(typed)) {
            throw new IllegalArgumentException("The name that you typed is not the endpoint's: nothing was removed");
        }
        endpoints.remove(which, true);
        Routes.seeOther(ctx, "/hooks");
    }

    private String asked(Context ctx, Visitor visitor, String action) {
        String which = ctx.pathParam("endpoint");
        audit.asked(visitor.actor(), action, which);
        return which;
    }

    private static void back(Context ctx) {
        Routes.seeOther(ctx, "/hooks/" + ctx.pathParam("endpoint"));
    }
}
