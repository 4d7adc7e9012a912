package dev.twotick.endtoend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Spoils a body in one to three places, and leaves it JSON: fields removed, nulled, retyped, doubled, nested deep,
/// grown, or moved to the year 300000.
record SpoiledBodies(RandomGenerator random) {
    private static final JsonMapper JSON = JsonMapper.shared();

    /// Stands where a text follows that the mapper would not write.
    private static final String MARK = "@spoiled@";

    private static final List<String> ODD = List.of(
            "null",
            "true",
            "7",
            "1e400000",
            "-0",
            "[]",
            "{}",
            "[null]",
            "\"\"",
            "\"\\u0000\"",
            "\"\\ud83d\"",
            "9401846400000",
            "\"300000-01-01T00:00:00Z\"",
            "99999999999999999999",
            "[\"a\",{\"id\":\"b\"}]",
            "[".repeat(500) + "]".repeat(500),
            "{\"a\":".repeat(500) + "1" + "}".repeat(500),
            '"' + "i".repeat(100_000) + '"',
            '"' + "\u20ac".repeat(512) + '"',
            '"' + "i".repeat(512) + '"');

    String of(String json) {
        String text = json;
        for (int times = 1 + random.nextInt(3); times > 0 && !isDeep(text); times--) {
            text = once(text);
        }
        return text;
    }

    /// What no reader of this test takes apart again.
    private static boolean isDeep(String json) {
        return json.contains("[".repeat(100)) || json.contains("{\"a\":".repeat(100));
    }

    private String once(String json) {
        JsonNode root = JSON.readTree(json);
        List<JsonNode> holders = new ArrayList<>();
        gather(root, holders);
        if (holders.isEmpty()) {
            return json; // spoiled to the ground already
        }
        switch (holders.get(random.nextInt(holders.size()))) {
            case ObjectNode object -> spoil(object);
            case ArrayNode array -> array.set(random.nextInt(array.size()), MARK);
            default -> throw new IllegalStateException("only what holds something was gathered");
        }
        String odd = ODD.get(random.nextInt(ODD.size()));
        return JSON.writeValueAsString(root).replace('"' + MARK + '"', odd).replace(MARK, "");
    }

    private void spoil(ObjectNode object) {
        List<String> names = object.properties().stream().map(Map.Entry::getKey).toList();
        String name = names.get(random.nextInt(names.size()));
        switch (random.nextInt(3)) {
            case 0 -> object.remove(name);
            case 1 -> object.put(name + MARK, MARK); // the mark goes, and leaves the key twice
            default -> object.put(name, MARK);
        }
    }

    private static void gather(JsonNode node, List<JsonNode> holders) {
        if (node.isContainer() && !node.isEmpty()) {
            holders.add(node);
            node.forEach(child -> gather(child, holders));
        }
    }
}
