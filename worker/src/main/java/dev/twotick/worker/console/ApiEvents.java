package dev.twotick.worker.console;

import dev.twotick.worker.console.ApiTokens.Program;
import dev.twotick.worker.outbox.CallRecords;
import dev.twotick.worker.outbox.CallRecords.Raised;
import dev.twotick.worker.outbox.Resend;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Hook events and their calls for programs: what [EventPages] is for people.
final class ApiEvents {
    private final CallRecords calls;
    private final Resend resend;
    private final AuditLog audit;

    ApiEvents(CallRecords calls, Resend resend, AuditLog audit) {
        this.calls = calls;
        this.resend = resend;
        this.audit = audit;
    }

    /// @param body what is signed and sent, byte for byte
    record One(UUID id, String type, Instant raisedAt, String body, List<CallRecords.Call> calls) {
        static One of(Raised raised) {
            return new One(
                    raised.event().key().id(),
                    raised.event().type(),
                    raised.event().key().raisedAt(),
                    raised.event().body(),
                    raised.calls());
        }
    }

    void addTo(ApiRoutes routes) {
        routes.read(
                "/hook-events/{id}",
                (ctx, _) ->
                        event(ctx).ifPresentOrElse(raised -> ApiRoutes.json(ctx, One.of(raised)), () -> noEvent(ctx)));
        routes.write(HandlerType.POST, "/hook-events/{id}/resend", this::resend);
    }

    private Optional<Raised> event(Context ctx) {
        return EventPages.event(ctx, calls);
    }

    private static void noEvent(Context ctx) {
        ApiRoutes.problem(
                ctx,
                404,
                "No event has this webhook-id",
                "Events are kept for TWOTICK_RETENTION_HOOKS_DAYS; one that no endpoint wanted is found with ?at=, when it"
                        + " was raised.");
    }

    private void resend(Context ctx, Program program) {
        Optional<Raised> raised = event(ctx);
        if (raised.isEmpty()) {
            noEvent(ctx);
            return;
        }
        String endpoint = Optional.ofNullable(ctx.queryParam("endpoint"))
                .orElseThrow(() -> new IllegalArgumentException("endpoint is missing: its name or id"));
        audit.asked(program.actor(), "call.resend", raised.get().event().key().id() + " " + endpoint);
        ApiRoutes.json(ctx, EventPages.again(resend, raised.get(), endpoint));
    }
}
