package dev.twotick.worker.outbox;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// An event in a sentence, in the shape that chat webhooks take: `{"text": …}`. Slack, Mattermost, Rocket.Chat, Google
/// Chat and Teams take it, and Discord at the `/slack` of its address.
public final class ChatMessage {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int LONGEST = 1_000;

    /// @param body the event's, as it is signed and sent elsewhere
    public static byte[] of(byte[] body) {
        JsonNode event = JSON.readTree(body);
        return JSON.writeValueAsBytes(Map.of("text", "Twotick: " + harmless(sentence(event))));
    }

    private static String sentence(JsonNode event) {
        JsonNode data = event.path("data");
        String type = event.path("type").asString("");
        String name = data.path("name").asString("");
        String since = data.path("failing_since").asString("");
        String error = data.path("last_error").asString("no more is known");
        return switch (type) {
            case "endpoint.failing" ->
                "endpoint " + name + " fails since " + since + ": " + error
                        + ". Its calls wait, and now and then one is tried.";
            case "endpoint.recovered" -> "endpoint " + name + " takes calls again; it failed since " + since + ".";
            case "endpoint.disabled" ->
                "endpoint " + name + " is disabled, and gets no more calls: "
                        + data.path("reason").asString(error) + ". When it is mended: worker endpoint enable " + name;
            case "endpoint.refusing" ->
                "endpoint " + name + " refuses calls for what they hold, and takes others; the first of today was of "
                        + data.path("event_type").asString("") + ": " + error
                        + ". They are parked: worker endpoint dead " + name;
            case "endpoint.test" -> "a test call of endpoint " + name + ".";
            case "payload.failed" ->
                "an item of payload " + data.path("payload_id").asString("") + " could not be applied: "
                        + data.path("error").asString("");
            default -> type + " " + data;
        };
    }

    /// What others wrote mentions nobody, and is no link of theirs.
    private static String harmless(String text) {
        String cut = text.length() > LONGEST ? text.substring(0, LONGEST) + " …" : text;
        return cut.replace('<', '‹').replace('>', '›').replace('@', '＠');
    }

    private ChatMessage() {}
}
