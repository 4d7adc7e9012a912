package dev.twotick.worker.console;

import dev.twotick.worker.console.ApiTokens.Program;
import dev.twotick.worker.outbox.Resend;
import dev.twotick.worker.outbox.ResendView;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Bulk resends for programs: what [ResendPages] are for people, and `worker --resend` for whoever has a shell.
final class ApiResends {
    private final Resend resend;
    private final AuditLog audit;
    private final InstantSource clock;

    ApiResends(Resend resend, AuditLog audit, InstantSource clock) {
        this.resend = resend;
        this.audit = audit;
        this.clock = clock;
    }

    /// What is null was not said. No query, since a word that is spelled wrongly must not choose everything.
    ///
    /// @param since a time, or an age such as 2h
    /// @param rate calls in a second
    record New(
            @Nullable String endpoint,
            @Nullable String type,
            @Nullable List<String> accounts,
            @Nullable Long conversation,
            @Nullable String only,
            @Nullable String since,
            @Nullable String until,
            @Nullable Integer rate) {

        ResendPages.Filter filter() {
            return new ResendPages.Filter(
                    said(endpoint),
                    said(type),
                    accounts == null ? "" : String.join(",", accounts),
                    said(conversation),
                    said(only),
                    said(since),
                    said(until),
                    said(rate));
        }

        private static String said(@Nullable Object value) {
            return Objects.toString(value, "").strip();
        }
    }

    void addTo(ApiRoutes routes) {
        routes.read("/resends", (ctx, _) -> list(ctx));
        routes.write(HandlerType.POST, "/resends", this::begin);
        routes.read("/resends/{id}", (ctx, _) -> show(ctx, id(ctx)));
        routes.write(
                HandlerType.DELETE,
                "/resends/{id}",
                (ctx, program) -> change(ctx, program, "resend.cancel", resend::cancel));
        routes.write(
                HandlerType.POST,
                "/resends/{id}/resume",
                (ctx, program) -> change(ctx, program, "resend.resume", resend::resume));
    }

    private void list(Context ctx) {
        Listed<ResendView> page =
                Listed.of(resend.before(ApiRoutes.before(ctx), ResendPages.SHOWN), ResendPages.SHOWN, ResendView::id);
        ApiRoutes.json(
                ctx, new Listed<>(page.items().stream().map(ResendView::members).toList(), page.next()));
    }

    /// The workers carry it on.
    private void begin(Context ctx, Program program) {
        ResendPages.Filter filter = ApiRoutes.body(ctx, New.class).filter();
        audit.asked(program.actor(), "calls.resend", filter.subject());
        long id = resend.begin(filter.selection(clock.instant()), filter.callsASecond())
                .getFirst();
        ctx.status(202).header("Location", ApiRoutes.PREFIX + "/resends/" + id);
        show(ctx, id);
    }

    private void show(Context ctx, long id) {
        resend.show(List.of(id)).stream()
                .findFirst()
                .ifPresentOrElse(one -> ApiRoutes.json(ctx, one.members()), () -> noResend(ctx));
    }

    private void change(Context ctx, Program program, String action, LongConsumer change) {
        long id = id(ctx);
        if (resend.show(List.of(id)).isEmpty()) {
            noResend(ctx);
            return;
        }
        audit.asked(program.actor(), action, String.valueOf(id));
        try {
            change.accept(id);
        } catch (IllegalArgumentException e) { // it is in another state
            ApiRoutes.problem(ctx, 409, "This does not go with how things are", e.getMessage());
            return;
        }
        show(ctx, id);
    }

    private static long id(Context ctx) {
        return ApiRoutes.number(ctx.pathParam("id"));
    }

    private static void noResend(Context ctx) {
        ApiRoutes.problem(ctx, 404, "There is no such resend", "GET /resends has their ids.");
    }
}
