package dev.twotick.worker.interpret;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Every body at hand: our samples, and a larger collection where the machine has one (`-Dtwotick.payloads=FOLDER`).
/// What each must say is read by a second, simpler reader.
class CorpusTest {

    /// Stands for the digest of an item's content in a key that is expected.
    private static final String DIGEST = "<digest>";
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final List<Path> SAMPLES =
            List.of(Path.of("src/test/resources/payloads"), Path.of("../tools/devstack/src/main/resources/samples"));
    private static final Path COLLECTION = Path.of(System.getProperty("twotick.payloads", "../../shared/payloads"));

    static List<Path> samples() throws IOException {
        List<Path> samples = new ArrayList<>();
        for (Path folder : SAMPLES) {
            samples.addAll(bodiesIn(folder));
        }
        return samples;
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everySampleIsRead(Path body) throws IOException {
        everyItemIsFoundByItsKey(body);
    }

    @Test
    void everyBodyOfTheCollectionIsRead() throws IOException {
        if (!Files.isDirectory(COLLECTION)) {
            System.out.println("skipped: there is no collection of payloads in "
                    + COLLECTION.toAbsolutePath().normalize());
            Assumptions.abort("no collection of payloads");
        }
        List<Path> bodies = bodiesIn(COLLECTION);
        int items = 0;
        for (Path body : bodies) {
            items += everyItemIsFoundByItsKey(body);
        }
        System.out.println(
                bodies.size() + " bodies of the collection, " + items + " messages and statuses, each found");
        assertThat(items).isPositive();
    }

    private static List<Path> bodiesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }

    private static int everyItemIsFoundByItsKey(Path file) throws IOException {
        byte[] body = Files.readAllBytes(file);
        Interpretation read = new PayloadInterpreter().interpret(body);
        assertThat(read).as("%s", file).isInstanceOf(Interpretation.Facts.class);
        List<Fact> facts = ((Interpretation.Facts) read).facts();
        List<String> expected = expectedKeys(JSON.readTree(body));

        assertThat(facts).as("%s", file).isNotEmpty();
        assertThat(expected)
                .as("%s", file)
                .allSatisfy(key -> assertThat(facts)
                        .extracting(fact -> fact.item().key())
                        .anyMatch(key.endsWith(DIGEST) ? withDigest(key) : key::equals));
        String text = new String(body, UTF_8);
        assertThat(facts).as("%s", file).allSatisfy(fact -> FactChecks.fitForTheDatabase(fact));
        assertThat(facts)
                .filteredOn(fact -> !(fact instanceof Fact.Noticed) && !text.contains("\\u0000"))
                .allSatisfy(fact -> assertThat(text).contains(fact.item().raw()));
        return expected.size();
    }

    private static Predicate<String> withDigest(String key) {
        return Pattern.compile(
                        Pattern.quote(key.substring(0, key.length() - DIGEST.length())) + "(sha256:)?[0-9a-f]{32,64}")
                .asMatchPredicate();
    }

    private static List<String> expectedKeys(JsonNode payload) {
        List<String> keys = new ArrayList<>();
        for (JsonNode entry : payload.path("entry")) {
            for (JsonNode change : entry.path("changes")) {
                JsonNode value = change.path("value");
                String account = value.path("metadata")
                        .path("phone_number_id")
                        .asString("waba:" + entry.path("id").asString("unknown"));
                new Expected(account, keys).read(change.path("field").asString(""), value);
            }
        }
        return keys;
    }

    /// The keys that a value must give.
    private record Expected(String account, List<String> keys) {

        void read(String field, JsonNode value) {
            switch (field) {
                case "messages", "in_app_signup" -> messages("in", value);
                case "smb_message_echoes", "message_echoes" -> messages("echo", value);
                case "standby" -> messages("sb", value.path("standby"));
                case "history" -> {
                    messages("histm", value);
                    value.path("history").forEach(chunk -> chunk.path("threads").forEach(t -> messages("hist", t)));
                }
                case "calls" -> {
                    value.path("calls").forEach(call -> call(call, call.path("event")));
                    value.path("statuses").forEach(call -> call(call, call.path("status")));
                }
                case "automatic_events" ->
                    value.path("automatic_events")
                            .forEach(item -> add(
                                    "auto", id(item), item.path("event_name").asString("")));
                default -> {}
            }
            signup(value.path("in_app_signup"));
            value.path("user_preferences").forEach(this::signup);
        }

        private void messages(String prefix, JsonNode value) {
            value.path("messages").forEach(item -> add(placeholder(item) + prefix, id(item)));
            value.path("message_echoes").forEach(item -> add(prefix, id(item)));
            for (JsonNode item : value.path("statuses")) {
                switch (item.path("type").asString("message")) {
                    case "call" -> call(item, item.path("status"));
                    case "message" -> add("st", id(item), item.path("status").asString(""), participant(item));
                    default -> add("st", id(item), DIGEST);
                }
            }
        }

        private void call(JsonNode item, JsonNode word) {
            add("call", id(item), word.asString(""), DIGEST);
        }

        private void signup(JsonNode item) {
            if (item.has("signup_id") && !item.path("value").asString("").equals("stop")) {
                add(
                        "signup",
                        item.path("signup_id").asString(""),
                        item.path("wa_id").asString(""),
                        item.path("timestamp").asString(""));
            }
        }

        private void add(String... parts) {
            keys.add(parts[0] + ":" + account + ":"
                    + String.join(":", List.of(parts).subList(1, parts.length)));
        }

        /// Where Meta only tells that there was a message.
        private static String placeholder(JsonNode item) {
            String type = item.path("type").asString("");
            boolean bare = !item.has(type) && item.has("errors");
            return bare
                            || List.of("unsupported", "unknown", "errors", "media_placeholder")
                                    .contains(type)
                    ? "ph:"
                    : "";
        }

        private static String id(JsonNode item) {
            return item.path("id").asString("");
        }

        private static String participant(JsonNode item) {
            return item.path("recipient_participant_id")
                    .asString(item.path("participant_recipient_id").asString(""));
        }
    }
}
