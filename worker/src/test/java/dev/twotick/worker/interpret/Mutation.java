package dev.twotick.worker.interpret;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Spoils JSON text in one to three places, and leaves it JSON.
record Mutation(RandomGenerator random) {
    private static final List<String> ODD = List.of(
            "null",
            "true",
            "7",
            "-1",
            "1.5",
            "1e400000",
            "-0",
            "[]",
            "{}",
            "[null]",
            "{\"\":{}}",
            "\"\"",
            "\" \"",
            "\"x\"",
            "\"\\u0000\"",
            "\"\\ud83d\"",
            "\"\\ude00\\ud83d\"",
            "\"\ufffd\"",
            "\"300000-01-01T00:00:00Z\"",
            "9401846400000",
            "\"9401846400\"",
            "99999999999999999999",
            "[[[1]]]",
            "[\"a\",{\"id\":\"b\"}]",
            "\"+\"",
            "\"US.1\"");

    private static final List<String> HUGE = List.of(
            '"' + "i".repeat(100_000) + '"',
            "9".repeat(100_000),
            "[".repeat(500) + "]".repeat(500),
            "{\"a\":".repeat(500) + "1" + "}".repeat(500),
            "{\"" + "k".repeat(100_000) + "\":1}",
            "[" + "{},".repeat(3_000) + "1]",
            "\"" + "\\u0000".repeat(10_000) + "\"");

    String of(String json) {
        String text = json;
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            Json root = JsonReader.read(text);
            if (root == null) {
                throw new IllegalStateException("a mutation left no JSON");
            }
            List<Json> all = new ArrayList<>();
            gather(root, all);
            text = write(root, all.get(random.nextInt(all.size())), random.nextInt(4));
        }
        return text;
    }

    private static void gather(Json value, List<Json> all) {
        all.add(value);
        if (value instanceof Json.Obj object) {
            object.members().values().forEach(member -> gather(member, all));
        } else if (value instanceof Json.Arr array && array.items().size() < 100) {
            array.items().forEach(item -> gather(item, all));
        }
    }

    /// @param way 0 removes the target, 1 doubles it, others replace it
    private String write(Json value, Json target, int way) {
        if (value.start() == target.start() && way > 1) {
            return odd();
        }
        List<String> parts = new ArrayList<>();
        return switch (value) {
            case Json.Obj object -> {
                for (Map.Entry<String, Json> member : object.members().entrySet()) {
                    String name = PostgresText.quoted(PostgresText.clean(member.getKey())) + ':';
                    spoil(parts, name, member.getValue(), target, way);
                }
                yield '{' + String.join(",", parts) + '}';
            }
            case Json.Arr array -> {
                array.items().forEach(item -> spoil(parts, "", item, target, way));
                yield '[' + String.join(",", parts) + ']';
            }
            case Json.Str _, Json.Num _, Json.Word _, Json.Deep _ -> value.text();
        };
    }

    private void spoil(List<String> parts, String name, Json value, Json target, int way) {
        boolean hit = value.start() == target.start();
        if (hit && way == 1) {
            parts.add(name + (random.nextBoolean() ? value.text() : odd()));
        }
        if (!hit || way != 0) {
            parts.add(name + (containsTarget(value, target) ? write(value, target, way) : value.text()));
        }
    }

    private static boolean containsTarget(Json value, Json target) {
        return value.start() <= target.start() && target.end() <= value.end();
    }

    private String odd() {
        List<String> from = random.nextInt(40) == 0 ? HUGE : ODD;
        return from.get(random.nextInt(from.size()));
    }
}
