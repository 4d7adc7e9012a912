package dev.twotick.worker.console;

import io.javalin.http.Context;
import java.util.Optional;

/// How far a replay is. The page asks again each second while it runs.
final class ReplayPages {
    private final Replays replays;
    private final AuditLog audit;
    private final Html html;

    ReplayPages(Replays replays, AuditLog audit, Html html) {
        this.replays = replays;
        this.audit = audit;
        this.html = html;
    }

    record Page(Replays.Run run, boolean mayWrite, String csrf) {}

    void addTo(Routes routes) {
        routes.read("/replays/{id}", this::show);
        routes.write("/replays/{id}/cancel", this::cancel);
    }

    private void show(Context ctx, Visitor visitor) {
        Optional<Replays.Run> run = replays.find(ctx.pathParam("id"));
        if (run.isEmpty()) {
            html.say(
                    ctx,
                    visitor,
                    404,
                    "This replay is not known here",
                    "It ran in another console, or this one was started anew since. Begin it again: what was"
                            + " applied changes nothing.");
            return;
        }
        html.show(
                ctx, visitor, "payloads", "Replay", "replay", new Page(run.get(), visitor.mayWrite(), visitor.csrf()));
    }

    private void cancel(Context ctx, Visitor visitor) {
        audit.asked(visitor.actor(), "replay.cancel", ctx.pathParam("id"));
        replays.find(ctx.pathParam("id")).ifPresent(Replays.Run::cancel);
        Routes.seeOther(ctx, "/replays/" + ctx.pathParam("id"));
    }
}
