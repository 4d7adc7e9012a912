package dev.twotick.worker.console;

import dev.twotick.worker.outbox.CallRecords;
import dev.twotick.worker.outbox.CallRecords.Raised;
import dev.twotick.worker.outbox.Endpoints;
import dev.twotick.worker.outbox.Resend;
import dev.twotick.worker.outbox.ResendView;
import io.javalin.http.Context;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One event: what is sent for it, to whom, with each attempt; sent again under its own id.
final class EventPages {
    private final CallRecords calls;
    private final Endpoints endpoints;
    private final Resend resend;
    private final AuditLog audit;
    private final Html html;

    EventPages(CallRecords calls, Endpoints endpoints, Resend resend, AuditLog audit, Html html) {
        this.calls = calls;
        this.endpoints = endpoints;
        this.resend = resend;
        this.audit = audit;
        this.html = html;
    }

    /// @param body what is sent, laid out for people
    /// @param endpoints that it can be sent to
    /// @param resent null: nothing was asked for
    record Page(
            Raised raised,
            String body,
            List<String> endpoints,
            @Nullable Resent resent) {}

    /// @param owed calls that are owed again; 0, unless it waits: it is being made at this moment, or is not wanted
    /// @param waits a worker goes on with it: at once, or when fewer are due there, or when it is called again
    record Resent(long owed, boolean waits) {}

    void addTo(Routes routes) {
        routes.read("/events/{id}", (ctx, visitor) -> show(ctx, visitor, null));
        routes.write("/events/{id}/resend", this::resend);
    }

    private void show(Context ctx, Visitor visitor, @Nullable Resent resent) {
        Optional<Raised> raised = event(ctx, calls);
        if (raised.isEmpty()) {
            html.say(
                    ctx,
                    visitor,
                    404,
                    "No event has this webhook-id",
                    "Events are kept for TWOTICK_RETENTION_HOOKS_DAYS; one that no endpoint wanted is found on the"
                            + " page of its payload.");
            return;
        }
        List<String> called = endpoints.called();
        String body = IndentedJson.of(raised.get().event().body());
        html.show(ctx, visitor, "hooks", "Event", "event", new Page(raised.get(), body, called, resent));
    }

    /// The one that the path names; a link says when it was raised, as only that finds one that nobody wanted.
    static Optional<Raised> event(Context ctx, CallRecords calls) {
        UUID id = UUID.fromString(ctx.pathParam("id"));
        String at = Optional.ofNullable(ctx.queryParam("at")).orElse(ctx.formParam("at"));
        Optional<Instant> raisedAt = at == null ? calls.raisedAt(id) : Optional.of(PayloadFilter.exactTime(at));
        return raisedAt.flatMap(time -> calls.event(id, time));
    }

    private void resend(Context ctx, Visitor visitor) {
        Optional<Raised> raised = event(ctx, calls);
        if (raised.isPresent()) {
            String endpoint = Optional.ofNullable(ctx.formParam("endpoint")).orElse("");
            audit.asked(
                    visitor.actor(), "call.resend", raised.get().event().key().id() + " " + endpoint);
            show(ctx, visitor, again(resend, raised.get(), endpoint));
        } else {
            show(ctx, visitor, null);
        }
    }

    /// Owed now, if there is room for it at the endpoint.
    static Resent again(Resend resend, Raised raised, String endpoint) {
        List<Long> ids = resend.begin(selection(raised, endpoint), OptionalInt.empty());
        ids.forEach(resend::carryOn);
        List<ResendView> begun = resend.show(ids);
        return new Resent(
                begun.stream().mapToLong(view -> view.counts().owed()).sum(),
                begun.stream().anyMatch(view -> view.state() == Resend.State.RUNNING));
    }

    /// This event alone, to that endpoint.
    private static Resend.Selection selection(Raised raised, String endpoint) {
        Instant at = raised.event().key().raisedAt();
        return new Resend.Selection(
                Optional.of(endpoint),
                "*",
                Optional.of(at),
                Optional.of(at.plusMillis(1)),
                Set.of(raised.event().key().id()),
                Set.of(),
                Optional.empty(),
                Resend.Only.ALL);
    }
}
