package dev.twotick.soak;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The receiver's book: which facts were told, under which `webhook-id`, how often. Thread-safe.
final class ReceivedBook {
    private static final Pattern TYPE = Pattern.compile("^\\{\"type\":\"([^\"]+)\"");

    private final Map<String, String> idOfFact = new HashMap<>();
    private final Map<String, String> factOfId = new HashMap<>();
    private final Map<String, Integer> timesOfId = new HashMap<>();
    private final Map<String, String> wrong = new HashMap<>();
    private final Set<String> accepted = new HashSet<>();
    private long calls;

    /// @return whether it is the first call under this id
    synchronized boolean received(String id, String body, boolean verified) {
        calls++;
        if (!verified) {
            wrong.put(id, "a call that the stock library does not verify: " + id);
        }
        boolean first = timesOfId.merge(id, 1, Integer::sum) == 1;
        var fact = fact(id, body);
        var otherFact = factOfId.putIfAbsent(id, fact);
        if (otherFact != null && !otherFact.equals(fact)) {
            wrong.put(id, "one webhook-id for two facts: " + otherFact + " and " + fact);
        }
        var otherId = idOfFact.putIfAbsent(fact, id);
        if (otherId != null && !otherId.equals(id)) {
            wrong.put(id, "one fact under two webhook-ids: " + fact);
        }
        return first;
    }

    /// By type and what the data say it is about, as [Item#owes] spells it. Notices and news about endpoints count by
    /// their ids.
    private static String fact(String id, String body) {
        var matcher = TYPE.matcher(body);
        var type = matcher.find() ? matcher.group(1) : "unreadable";
        return Stream.of(type, about(type, id, body))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(" "));
    }

    private static String about(String type, String id, String body) {
        return switch (type) {
            case "contact.created" -> first(body, "wa_id");
            case "account.discovered" -> first(body, "phone_number_id");
            case "message.received" -> first(body, "phone_number_id") + " " + first(body, "wamid");
            case "message.sent", "message.delivered", "message.read", "message.failed", "message.played" ->
                (first(body, "phone_number_id") + " " + first(body, "wamid") + " " + first(body, "participant"))
                        .strip();
            default -> id;
        };
    }

    /// The first member of this name; the texts that the client sends hold none.
    private static String first(String body, String member) {
        var name = "\"" + member + "\":\"";
        int at = body.indexOf(name);
        return at < 0 ? "" : body.substring(at + name.length(), body.indexOf('"', at + name.length()));
    }

    /// The call is answered 2xx. What was only refused has not arrived: its retry is owed.
    synchronized void accepted(String id) {
        accepted.add(factOfId.get(id));
    }

    synchronized boolean has(String fact) {
        return accepted.contains(fact);
    }

    synchronized int facts() {
        return idOfFact.size();
    }

    synchronized long calls() {
        return calls;
    }

    synchronized long idsReceivedAgain() {
        return timesOfId.values().stream().filter(times -> times > 1).count();
    }

    synchronized Map<String, String> idsOfFacts() {
        return new HashMap<>(idOfFact);
    }

    synchronized Map<String, String> wrong() {
        return new HashMap<>(wrong);
    }
}
