package dev.twotick.worker.console;

import dev.twotick.worker.apply.Registrations;
import dev.twotick.worker.apply.Registrations.Line;
import dev.twotick.worker.batch.MessageKey;
import dev.twotick.worker.campaigns.CampaignFill.Refused;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/// Messages that programs say they have sent. They come as often as messages do, so they are not in the audit log.
final class ApiMessages {
    private final Registrations registrations;

    ApiMessages(Registrations registrations) {
        this.registrations = registrations;
    }

    /// @param id as events name the message
    record Registered(UUID id) {}

    void addTo(ApiRoutes routes) {
        routes.write(HandlerType.POST, "/messages", (ctx, _) -> register(ctx));
        routes.lines("/messages/lines", (ctx, _) -> lines(ctx));
    }

    private void register(Context ctx) {
        Line line = Line.parse(1, new String(ctx.bodyAsBytes(), StandardCharsets.UTF_8));
        List<Refused> refused = registrations.register(List.of(line));
        if (!refused.isEmpty()) {
            throw new IllegalArgumentException(refused.getFirst().reason());
        }
        ctx.status(201);
        ApiRoutes.json(
                ctx,
                new Registered(MessageKey.of(
                        line.message().account(), line.message().told().wamid())));
    }

    private void lines(Context ctx) throws IOException {
        ApiRoutes.json(ctx, JsonLines.take(ctx.bodyInputStream(), Line::parse, registrations::register));
    }
}
