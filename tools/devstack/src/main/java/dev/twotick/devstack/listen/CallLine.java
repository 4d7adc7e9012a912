package dev.twotick.devstack.listen;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A call in the words of people: who, and what.
///
/// @param type `message.received`; "?" where the body does not say
/// @param words such as `Ada Lovelace +15550002001 → 15550001000: "Hello"`
record CallLine(String type, String words) {
    private static final int LONGEST = 100;
    private static final String BATCH = "batch";

    static CallLine of(String body) {
        try {
            var event = JsonMapper.shared().readTree(body);
            var type = event.path("type").asString("?");
            return new CallLine(Screen.clean(type), Screen.clean(words(type, event.path("data"))));
        } catch (JacksonException e) {
            return new CallLine("?", body.isEmpty() ? "an empty body" : "no JSON: " + Screen.clean(cut(body)));
        }
    }

    /// The events of a batch; none: it is none.
    static List<CallLine> ofBatch(String body) {
        try {
            var batch = JsonMapper.shared().readTree(body);
            return batch.path("type").asString("").equals(BATCH)
                    ? batch.path("data")
                            .valueStream()
                            .map(event -> of(event.toString()))
                            .toList()
                    : List.of();
        } catch (JacksonException e) {
            return List.of();
        }
    }

    private static String words(String type, JsonNode data) {
        return switch (type) {
            case BATCH -> data.size() + (data.size() == 1 ? " event" : " events");
            case "message.received" -> person(data) + " → " + account(data) + ": " + content(data);
            case "message.echoed" -> account(data) + " → " + person(data) + ": " + content(data);
            case "reaction.changed" ->
                person(data) + ": " + said(data, "emoji", "took it back") + " to " + text(data, "target_wamid");
            case "message.edited", "message.revoked" -> person(data) + ": " + text(data, "target_wamid");
            case "flow.completed" ->
                person(data) + ": " + cut(data.path("response").toString());
            case "user.subscribed" -> person(data) + ": " + text(data, "signup");
            case "user.preference_changed" -> person(data) + ": " + text(data, "category") + " " + text(data, "value");
            case "call.updated" ->
                person(data) + ": " + joined(text(data, "event"), text(data, "status"), text(data, "call_id"));
            case "template.updated" ->
                joined(text(data, "name"), text(data, "status"), text(data, "category"), text(data, "template_id"));
            case "contact.created", "contact.updated" -> person(data);
            case "contact.merged" -> text(data, "from") + " belongs to " + text(data, "into");
            case "campaign.completed" ->
                text(data, "campaign") + ": " + text(data, "sent") + " sent, " + text(data, "failed") + " failed";
            case "account.discovered" -> account(data);
            case "account.notice" -> joined(account(data), text(data, "field"));
            case "payload.failed" -> text(data, "payload_id") + " " + text(data, "item") + ": " + text(data, "error");
            default ->
                type.startsWith("message.")
                        ? account(data) + " → " + person(data) + ": " + status(data)
                        : type.startsWith("endpoint.")
                                ? joined(text(data, "name"), text(data, "reason"), text(data, "last_error"))
                                : cut(data.toString());
        };
    }

    private static String content(JsonNode data) {
        var words = text(data, "text");
        var type = text(data, "type");
        return joined(type.equals("text") ? "" : type, words.isEmpty() ? "" : "\"" + cut(words) + "\"");
    }

    private static String status(JsonNode data) {
        var error = data.path("error_code").isMissingNode() ? "" : "error " + text(data, "error_code");
        return joined(text(data, "status"), error, text(data, "wamid"));
    }

    private static String person(JsonNode data) {
        var number = text(data, "wa_id");
        var known = joined(
                first(data, "profile_name", "saved_name", "name", "username"), number.isEmpty() ? "" : "+" + number);
        var id = first(data, "user_id", "recipient_wa_id", "contact_id");
        return known.isEmpty() ? (id.isEmpty() ? "somebody" : id) : known;
    }

    private static String account(JsonNode data) {
        var account = data.path("account");
        return first(account, "display_phone_number", "phone_number_id", "waba_id");
    }

    private static String first(JsonNode node, String... names) {
        return Stream.of(names)
                .map(name -> text(node, name))
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("");
    }

    private static String said(JsonNode data, String name, String otherwise) {
        var text = text(data, name);
        return text.isEmpty() ? otherwise : text;
    }

    private static String text(JsonNode node, String name) {
        return Objects.requireNonNullElse(node.path(name).asString(""), "");
    }

    private static String joined(@Nullable String... words) {
        return Stream.of(words).filter(word -> word != null && !word.isEmpty()).collect(Collectors.joining(" "));
    }

    private static String cut(String text) {
        return text.codePointCount(0, text.length()) <= LONGEST
                ? text
                : text.substring(0, text.offsetByCodePoints(0, LONGEST)) + "…";
    }
}
