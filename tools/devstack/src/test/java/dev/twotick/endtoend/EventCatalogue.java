package dev.twotick.endtoend;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The events as `hook-events.txt` declares them, and the schema and the page that are made of it.
///
/// @param groups members that several types share
/// @param types  by name, in the page's order
record EventCatalogue(Map<String, Group> groups, Map<String, Type> types) {
    private static final JsonMapper JSON = JsonMapper.shared();

    /// @param always every event of the type has it
    record Member(String name, boolean always, String kind, String words) {}

    record Group(String words, List<Member> members) {}

    /// @param own     its members beside those of its groups
    /// @param example of one that no payload raises
    record Type(String name, String words, List<String> groups, List<Member> own, List<JsonNode> example) {}

    static EventCatalogue parse(String text) {
        Map<String, Group> groups = new LinkedHashMap<>();
        Map<String, Type> types = new LinkedHashMap<>();
        List<Member> members = new ArrayList<>();
        List<String> uses = new ArrayList<>();
        List<JsonNode> example = new ArrayList<>();
        for (String line : text.lines().toList()) {
            if (line.startsWith("#") || line.isBlank()) {
                continue;
            }
            if (line.startsWith("  {")) {
                example.add(JSON.readTree(line.strip()));
            } else if (line.startsWith("  @")) {
                for (String name : line.strip().split(" ", -1)) {
                    uses.add(name.substring(1));
                }
            } else if (line.startsWith("  ")) {
                members.add(member(line.strip().split(" +", 3)));
            } else {
                members = new ArrayList<>();
                uses = new ArrayList<>();
                example = new ArrayList<>();
                String[] parts = line.split(": ", 2);
                if (line.startsWith("@")) {
                    groups.put(parts[0].substring(1), new Group(parts[1], members));
                } else {
                    types.put(parts[0], new Type(parts[0], parts[1], uses, members, example));
                }
            }
        }
        return new EventCatalogue(groups, types);
    }

    private static Member member(String[] parts) {
        return new Member(
                parts[0].replace("!", ""), parts[0].endsWith("!"), parts[1], parts.length > 2 ? parts[2] : "");
    }

    /// All of a type's members by name; one declared by the type itself stands for its group's.
    Map<String, Member> members(String type) {
        Map<String, Member> members = new LinkedHashMap<>();
        for (String group : types.get(type).groups) {
            groups.get(group).members.forEach(member -> members.put(member.name, member));
        }
        types.get(type).own.forEach(member -> members.put(member.name, member));
        return members;
    }

    /// One schema for all, with a definition and an example for each type.
    String schema(Map<String, JsonNode> examples) {
        ObjectNode schema = JSON.createObjectNode();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("$id", "urn:twotick:hook-events");
        schema.put("title", "The body of a hook call of Twotick's");
        schema.put("description", "Made from what is declared and tested; members and types may be added.");
        ObjectNode definitions = JSON.createObjectNode();
        definitions.set(
                "account",
                object(List.of(
                        new Member("phone_number_id", true, "string", "Meta's id of the number"),
                        new Member("waba_id", false, "string", "Meta's id of the WhatsApp Business Account"),
                        new Member("display_phone_number", false, "string", "the number itself"))));
        definitions.set(
                "ids",
                object(List.of(
                        new Member("wa_id", false, "string", ""),
                        new Member("user_id", false, "string", ""),
                        new Member("parent_user_id", false, "string", ""))));
        var oneOf = schema.putArray("oneOf");
        types.values().forEach(type -> {
            oneOf.addObject().put("$ref", "#/$defs/" + type.name);
            definitions.set(type.name, schema(type, examples.get(type.name)));
        });
        oneOf.addObject().put("$ref", "#/$defs/batch");
        definitions.set("batch", batch(oneOf));
        schema.set("$defs", definitions);
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(schema) + "\n";
    }

    /// @param bodies of which one is it itself, and it holds no other
    private static ObjectNode batch(ArrayNode bodies) {
        ObjectNode batch = JSON.createObjectNode()
                .put("type", "object")
                .put("description", "Several events in one call, to an endpoint that has asked for batches.");
        batch.putArray("required").add("type").add("timestamp").add("data");
        ObjectNode properties = batch.putObject("properties");
        properties.putObject("type").put("const", "batch");
        properties.set("timestamp", of("time", "when the call was made"));
        ObjectNode data = properties
                .putObject("data")
                .put("type", "array")
                .put("minItems", 1)
                .put("maxItems", 100);
        ObjectNode event = data.putObject("items");
        event.putArray("required").add("id");
        event.putObject("properties")
                .set("id", of("uuid", "the event's own: what its webhook-id is in a call of its own"));
        ArrayNode events = event.putArray("oneOf");
        bodies.forEach(body -> {
            if (!body.path("$ref").asString("").endsWith("/batch")) {
                events.add(body);
            }
        });
        return batch;
    }

    private ObjectNode schema(Type type, JsonNode example) {
        ObjectNode body = JSON.createObjectNode().put("type", "object").put("description", type.words);
        body.putArray("required").add("type").add("timestamp").add("data");
        ObjectNode properties = body.putObject("properties");
        properties.putObject("type").put("const", type.name);
        properties.set("timestamp", of("time", "when it happened; where nobody says, when Twotick received it"));
        properties.set("data", object(members(type.name).values()));
        if (example != null) {
            body.putArray("examples").add(example);
        }
        return body;
    }

    private static ObjectNode object(Collection<Member> members) {
        ObjectNode object = JSON.createObjectNode().put("type", "object");
        var required = object.putArray("required");
        ObjectNode properties = object.putObject("properties");
        for (Member member : members) {
            if (member.always) {
                required.add(member.name);
            }
            properties.set(member.name, of(member.kind, member.words));
        }
        return object;
    }

    private static ObjectNode of(String kind, String words) {
        ObjectNode schema = JSON.createObjectNode();
        switch (kind) {
            case "time" -> schema.put("type", "string").put("format", "date-time");
            case "uuid" -> schema.put("type", "string").put("format", "uuid");
            case "strings" -> schema.put("type", "array").putObject("items").put("type", "string");
            case "account", "ids" -> schema.put("$ref", "#/$defs/" + kind);
            case "any" -> {}
            default -> schema.put("type", kind);
        }
        return words.isEmpty() ? schema : schema.put("description", words);
    }

    /// The catalogue as a part of a page.
    String page(Map<String, JsonNode> examples) {
        StringBuilder page = new StringBuilder();
        groups.forEach((name, group) -> page.append("**")
                .append(name)
                .append("**: ")
                .append(group.words)
                .append(".\n\n")
                .append(table(group.members))
                .append("\n"));
        types.values().forEach(type -> page.append(section(type, examples.get(type.name))));
        return page.toString();
    }

    private static String section(Type type, JsonNode example) {
        String also = type.groups.stream().map(group -> "**" + group + "**").collect(joining(", "));
        String members = (also.isEmpty() ? "" : "Members: " + also + (type.own.isEmpty() ? ".\n" : ", and\n"))
                + (type.own.isEmpty() ? "" : "\n" + table(type.own));
        String json = example == null
                ? ""
                : "\n<details><summary>Example</summary>\n\n```json\n"
                        + JSON.writerWithDefaultPrettyPrinter().writeValueAsString(example) + "\n```\n\n</details>\n";
        return "### " + type.name + "\n\n" + type.words + "\n\n" + members + json + "\n";
    }

    private static String table(List<Member> members) {
        return "| member | | |\n| --- | --- | --- |\n"
                + members.stream()
                        .map(member -> "| `" + member.name + "`" + (member.always ? ", always" : "") + " | "
                                + member.kind + " | " + member.words + " |\n")
                        .collect(joining());
    }
}
