package dev.twotick.worker.interpret;

import dev.twotick.model.whatsapp.Wamid;
import org.jspecify.annotations.Nullable;

/// Reads a filled-in flow out of the message that brings it: `interactive.nfm_reply`.
final class FlowReader {

    private FlowReader() {}

    static void read(Json.Obj item, Wamid wamid, @Nullable Person person, String path, Place place) {
        Json.Obj interactive = item.object("interactive");
        Json.Obj reply = interactive == null ? null : interactive.object("nfm_reply");
        if (reply == null || !isFlow(reply)) {
            return;
        }
        Json response = response(reply.get("response_json"));
        Origin origin = place.origin();
        String key = FactKey.flow(origin.account().phoneNumberId(), wamid);
        place.facts()
                .add(new Fact.FlowCompleted(
                        origin.item(key, item, path, MetaTime.of(item.get("timestamp"))),
                        wamid,
                        reply.text("name"),
                        response instanceof Json.Obj answers ? answers.text("flow_token") : null,
                        response == null ? null : PostgresText.json(response),
                        person));
    }

    /// Other forms come back in the same shape under a name of their own: `address_message`.
    private static boolean isFlow(Json.Obj reply) {
        String name = reply.text("name");
        return name == null || name.equalsIgnoreCase("flow");
    }

    /// JSON inside of a JSON string, which is what Meta sends; or the JSON itself.
    private static @Nullable Json response(@Nullable Json stated) {
        return stated instanceof Json.Str text ? JsonReader.read(PostgresText.clean(text.value())) : stated;
    }
}
