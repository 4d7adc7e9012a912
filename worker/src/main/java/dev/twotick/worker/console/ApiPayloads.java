package dev.twotick.worker.console;

import dev.twotick.db.payloadlog.PayloadSelection;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.worker.console.ApiTokens.Program;
import dev.twotick.worker.outbox.CallRecords;
import dev.twotick.worker.replay.ReplayCounts;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Payloads and replays for programs: what [PayloadPages] and [ReplayPages] are for people.
final class ApiPayloads {
    private final PayloadRows rows;
    private final PayloadDetails details;
    private final Replays replays;
    private final AuditLog audit;
    private final InstantSource clock;

    ApiPayloads(PayloadRows rows, PayloadDetails details, Replays replays, AuditLog audit, InstantSource clock) {
        this.rows = rows;
        this.details = details;
        this.replays = replays;
        this.audit = audit;
        this.clock = clock;
    }

    record Event(UUID id, String type, Instant raisedAt, List<CallRecords.Call> calls) {
        static Event of(CallRecords.Raised raised) {
            return new Event(
                    raised.event().key().id(),
                    raised.event().type(),
                    raised.event().key().raisedAt(),
                    raised.calls());
        }
    }

    record One(
            PayloadRow payload,
            String signature,
            List<PayloadDetail.Outcome> outcomes,
            List<PayloadDetail.Failure> failures,
            List<Event> events) {}

    /// @param payloads null: not counted yet
    record Replaying(
            UUID id,
            String what,
            boolean over,
            boolean cancelled,
            boolean failed,
            @Nullable Long payloads,
            ReplayCounts counts,
            @Nullable String waiting) {
        static Replaying of(Replays.Run run) {
            return new Replaying(
                    run.id(),
                    run.what(),
                    run.isOver(),
                    run.wasCancelled(),
                    run.hasFailed(),
                    run.payloads() < 0 ? null : run.payloads(),
                    run.counts(),
                    run.whyItWaits());
        }
    }

    void addTo(ApiRoutes routes) {
        routes.read("/payloads", (ctx, _) -> list(ctx));
        routes.read("/payloads/{id}", (ctx, _) -> one(ctx));
        routes.read("/payloads/{id}/body", (ctx, _) -> body(ctx));
        routes.write(HandlerType.POST, "/payloads/{id}/replay", this::replayOne);
        routes.write(HandlerType.POST, "/replays", this::replayAll);
        routes.read("/replays/{id}", (ctx, _) -> replay(ctx));
        routes.write(HandlerType.DELETE, "/replays/{id}", this::cancel);
    }

    private void list(Context ctx) {
        String search = ctx.queryParam("q");
        if (search != null && !search.isBlank()) {
            ApiRoutes.json(ctx, new Listed<>(rows.search(search.strip()).rows(), null));
            return;
        }
        PayloadRows.Page page = rows.page(
                PayloadFilter.of(ctx, clock.instant()),
                Optional.ofNullable(ctx.queryParam("before")).map(UUID::fromString));
        ApiRoutes.json(
                ctx, new Listed<>(page.rows(), page.next().map(UUID::toString).orElse(null)));
    }

    private void one(Context ctx) {
        details.of(PayloadId.parse(ctx.pathParam("id")).value())
                .ifPresentOrElse(
                        found -> ApiRoutes.json(
                                ctx,
                                new One(
                                        found.row(),
                                        found.signature(),
                                        found.outcomes(),
                                        found.failures(),
                                        found.raised().stream().map(Event::of).toList())),
                        () -> noPayload(ctx));
    }

    /// The exact bytes, whatever they are.
    private void body(Context ctx) {
        details.body(PayloadId.parse(ctx.pathParam("id")).value())
                .ifPresentOrElse(
                        body -> ctx.contentType("application/octet-stream").result(body), () -> noPayload(ctx));
    }

    private static void noPayload(Context ctx) {
        ApiRoutes.problem(ctx, 404, "There is no such payload", "Payloads are kept for TWOTICK_RETENTION_LOG_DAYS.");
    }

    private void replayOne(Context ctx, Program program) {
        PayloadId id = PayloadId.parse(ctx.pathParam("id"));
        audit.asked(program.actor(), "payload.replay", id.toString());
        begin(
                ctx,
                "payload " + id,
                new PayloadSelection(Set.of(id), Optional.empty(), Optional.empty(), false, Set.of()));
    }

    private void replayAll(Context ctx, Program program) {
        PayloadFilter filter = PayloadFilter.of(ctx, clock.instant());
        PayloadSelection selection = filter.selection()
                .orElseThrow(() -> new IllegalArgumentException("A replay cannot choose by this filter"));
        String what = filter.isEmpty() ? "all payloads" : "payloads of " + filter.query();
        audit.asked(program.actor(), "payload.replay", what);
        begin(ctx, what, selection);
    }

    private void begin(Context ctx, String what, PayloadSelection selection) {
        Replays.Run run = replays.start(what, selection);
        ctx.status(202).header("Location", ApiRoutes.PREFIX + "/replays/" + run.id());
        ApiRoutes.json(ctx, Replaying.of(run));
    }

    private void replay(Context ctx) {
        replays.find(ctx.pathParam("id"))
                .ifPresentOrElse(
                        run -> ApiRoutes.json(ctx, Replaying.of(run)),
                        () -> ApiRoutes.problem(
                                ctx,
                                404,
                                "This replay is not known here",
                                "It ran in another console, or this one was started anew since. Begin it again."));
    }

    private void cancel(Context ctx, Program program) {
        audit.asked(program.actor(), "replay.cancel", ctx.pathParam("id"));
        replays.find(ctx.pathParam("id")).ifPresent(Replays.Run::cancel);
        replay(ctx);
    }
}
