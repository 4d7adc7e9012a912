package dev.twotick.worker.console;

import dev.twotick.worker.outbox.CallRecords;
import dev.twotick.worker.outbox.CallRecords.Raised;
import dev.twotick.worker.outbox.EndpointView;
import dev.twotick.worker.outbox.Endpoints;
import dev.twotick.worker.outbox.Resend;
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
    /// @param owed how many calls were just owed again; null: nothing was asked for
    record Page(
            Raised raised,
            String body,
            List<String> endpoints,
            @Nullable Long owed) {}

    void addTo(Routes routes) {
        routes.read("/events/{id}", (ctx, visitor) -> show(ctx, visitor, null));
        routes.write("/events/{id}/resend", this::resend);
    }

    private void show(Context ctx, Visitor visitor, @Nullable Long owed) {
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
        List<String> called = endpoints.list().stream()
                .filter(endpoint -> endpoint.state() != EndpointView.State.DISABLED)
                .map(EndpointView::name)
                .toList();
        String body = IndentedJson.of(raised.get().event().body());
        html.show(ctx, visitor, "hooks", "Event", "event", new Page(raised.get(), body, called, owed));
    }

    /// The one that the path names; a link says when it was raised, as only that finds one that nobody wanted.
    static Optional<Raised> event(Context ctx, CallRecords calls) {
        UUID id = UUID.fromString(ctx.pathParam("id"));
        String at = Optional.ofNullable(ctx.queryParam("at")).orElse(ctx.formParam("at"));
        Optional<Instant> raisedAt = at == null ? calls.raisedAt(id) : Optional.of(PayloadFilter.exactTime(at));
        return raisedAt.flatMap(time -> calls.event(id, time));
    }

    private void resend(Context ctx, Visitor visitor) throws InterruptedException {
        Optional<Raised> raised = event(ctx, calls);
        if (raised.isPresent()) {
            String endpoint = Optional.ofNullable(ctx.formParam("endpoint")).orElse("");
            audit.asked(
                    visitor.actor(), "call.resend", raised.get().event().key().id() + " " + endpoint);
            Resend.Counts counts = resend.run(selection(raised.get(), endpoint), OptionalInt.empty(), _ -> {});
            show(ctx, visitor, counts.owed());
        } else {
            show(ctx, visitor, null);
        }
    }

    /// This event alone, to that endpoint.
    static Resend.Selection selection(Raised raised, String endpoint) {
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
