package dev.twotick.worker.console;

import dev.twotick.worker.console.ApiTokens.Program;
import dev.twotick.worker.outbox.DeadCalls;
import dev.twotick.worker.outbox.EndpointCalls;
import dev.twotick.worker.outbox.EndpointForm;
import dev.twotick.worker.outbox.EndpointView;
import dev.twotick.worker.outbox.Endpoints;
import dev.twotick.worker.outbox.HookSecret;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Endpoints for programs: what [HookPages] are for people, and `worker endpoint` for whoever has a shell.
final class ApiEndpoints {
    private static final String JSON = "application/json";

    private final Endpoints endpoints;
    private final EndpointCalls calls;
    private final TestCalls test;
    private final AuditLog audit;

    ApiEndpoints(Endpoints endpoints, EndpointCalls calls, TestCalls test, AuditLog audit) {
        this.endpoints = endpoints;
        this.calls = calls;
        this.test = test;
        this.audit = audit;
    }

    /// @param secret shown here, and never again
    record Secret(String name, String secret) {}

    void addTo(ApiRoutes routes) {
        routes.read("/endpoints", (ctx, _) -> ctx.contentType(JSON).result(EndpointView.json(endpoints.list())));
        routes.write(HandlerType.POST, "/endpoints", this::add);
        routes.read("/endpoints/{endpoint}", (ctx, _) -> show(ctx, ctx.pathParam("endpoint")));
        routes.write(HandlerType.PATCH, "/endpoints/{endpoint}", this::set);
        routes.write(HandlerType.DELETE, "/endpoints/{endpoint}", this::remove);
        state(routes, "pause", endpoints::pause);
        state(routes, "resume", endpoints::resume);
        state(routes, "enable", endpoints::enable);
        routes.write(HandlerType.POST, "/endpoints/{endpoint}/disable", (ctx, program) -> {
            endpoints.disable(asked(ctx, program, "endpoint.disable"), "by " + program.name());
            show(ctx, ctx.pathParam("endpoint"));
        });
        routes.write(
                HandlerType.POST,
                "/endpoints/{endpoint}/test",
                (ctx, program) ->
                        ApiRoutes.json(ctx, test.call(endpoints.opened(asked(ctx, program, "endpoint.test")))));
        routes.write(HandlerType.POST, "/endpoints/{endpoint}/rotate", this::rotate);
        routes.read("/endpoints/{endpoint}/dead", (ctx, _) -> dead(ctx));
        routes.read("/endpoints/{endpoint}/attempts", (ctx, _) -> attempts(ctx));
    }

    private void state(ApiRoutes routes, String word, Consumer<String> change) {
        routes.write(HandlerType.POST, "/endpoints/{endpoint}/" + word, (ctx, program) -> {
            change.accept(asked(ctx, program, "endpoint." + word));
            show(ctx, ctx.pathParam("endpoint"));
        });
    }

    private void show(Context ctx, String which) {
        ctx.contentType(JSON).result(endpoints.show(which).json());
    }

    private void add(Context ctx, Program program) {
        EndpointForm form = ApiRoutes.body(ctx, EndpointForm.class);
        audit.asked(program.actor(), "endpoint.add", String.valueOf(form.name()));
        HookSecret secret = endpoints.add(form);
        ctx.status(201).header("Location", ApiRoutes.PREFIX + "/endpoints/" + form.name());
        ApiRoutes.json(ctx, new Secret(String.valueOf(form.name()), secret.text()));
    }

    private void set(Context ctx, Program program) {
        EndpointForm form = ApiRoutes.body(ctx, EndpointForm.class);
        String which = asked(ctx, program, "endpoint.set");
        endpoints.set(which, form);
        show(ctx, form.name() == null ? which : form.name());
    }

    private void rotate(Context ctx, Program program) {
        String which = asked(ctx, program, "endpoint.rotate");
        String grace = Optional.ofNullable(ctx.queryParam("grace")).orElse("24h");
        HookSecret secret = endpoints.rotate(which, EndpointFields.duration(grace));
        ApiRoutes.json(ctx, new Secret(endpoints.show(which).name(), secret.text()));
    }

    /// @see Endpoints#remove
    private void remove(Context ctx, Program program) {
        boolean withCalls = Boolean.parseBoolean(ctx.queryParam("with_calls"));
        long gone = endpoints.remove(asked(ctx, program, "endpoint.remove"), withCalls);
        ApiRoutes.json(ctx, Map.of("calls", gone));
    }

    private void dead(Context ctx) {
        DeadCalls dead =
                endpoints.dead(ctx.pathParam("endpoint"), Optional.ofNullable(ctx.queryParam("after")), HookPages.PAGE);
        ApiRoutes.json(ctx, new Listed<>(dead.calls(), dead.next().orElse(null)));
    }

    private void attempts(Context ctx) {
        EndpointCalls.Page page = calls.tried(
                endpoints.id(ctx.pathParam("endpoint")),
                Optional.ofNullable(ctx.queryParam("outcome")).orElse(""),
                Optional.ofNullable(ctx.queryParam("before"))
                        .map(EndpointCalls.Place::parse)
                        .orElse(EndpointCalls.Place.END),
                HookPages.PAGE);
        ApiRoutes.json(
                ctx,
                new Listed<>(
                        page.tried(),
                        page.older().map(EndpointCalls.Place::toString).orElse(null)));
    }

    private String asked(Context ctx, Program program, String action) {
        String which = ctx.pathParam("endpoint");
        audit.asked(program.actor(), action, which);
        return which;
    }
}
