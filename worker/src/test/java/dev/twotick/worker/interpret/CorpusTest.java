package dev.twotick.worker.interpret;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Path SAMPLES = Path.of("src/test/resources/payloads");
    private static final Path COLLECTION = Path.of(System.getProperty("twotick.payloads", "../../shared/payloads"));

    static List<Path> samples() throws IOException {
        return bodiesIn(SAMPLES);
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
        assertThat(facts).as("%s", file).extracting(fact -> fact.item().key()).containsAll(expected);
        String text = new String(body, UTF_8);
        assertThat(facts).as("%s", file).allSatisfy(fact -> FactChecks.fitForTheDatabase(fact));
        assertThat(facts)
                .filteredOn(fact -> !(fact instanceof Fact.Noticed) && !text.contains("\\u0000"))
                .allSatisfy(fact -> assertThat(text).contains(fact.item().raw()));
        return expected.size();
    }

    private static List<String> expectedKeys(JsonNode payload) {
        List<String> keys = new ArrayList<>();
        for (JsonNode entry : payload.path("entry")) {
            for (JsonNode change : entry.path("changes")) {
                JsonNode value = change.path("value");
                if (change.path("field").asString("").equals("messages")) {
                    String account = value.path("metadata")
                            .path("phone_number_id")
                            .asString("waba:" + entry.path("id").asString("unknown"));
                    value.path("messages").forEach(item -> keys.add(key("in", account, item)));
                    value.path("statuses")
                            .forEach(item -> keys.add(key("st", account, item) + ":"
                                    + item.path("status").asString("") + ":"
                                    + item.path("recipient_participant_id")
                                            .asString(item.path("participant_recipient_id")
                                                    .asString(""))));
                }
            }
        }
        return keys;
    }

    private static String key(String kind, String account, JsonNode item) {
        return kind + ":" + account + ":" + item.path("id").asString("");
    }
}
