package dev.twotick.worker.interpret;

import static dev.twotick.worker.interpret.Bodies.NUMBER;
import static dev.twotick.worker.interpret.Bodies.change;
import static dev.twotick.worker.interpret.Bodies.entry;
import static dev.twotick.worker.interpret.Bodies.facts;
import static dev.twotick.worker.interpret.Bodies.payload;
import static dev.twotick.worker.interpret.Bodies.status;
import static dev.twotick.worker.interpret.Bodies.text;
import static dev.twotick.worker.interpret.Bodies.value;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// 100,000 spoiled bodies of every field from a seed. `-Dtwotick.seed=…` repeats a run, `-Dtwotick.mutations=…` makes
/// it longer or shorter.
class MutationTest {
    private static final long SEED = Long.getLong("twotick.seed", System.nanoTime());
    private static final int COUNT = Integer.getInteger("twotick.mutations", 10_000);
    private static final List<String> HEALTHY = List.of("in:" + NUMBER + ":h1", "st:" + NUMBER + ":h2:sent:");

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Mutation mutation = new Mutation(random);

    MutationTest() {
        System.out.println("seed=" + SEED + " mutations=" + COUNT + " (of each kind)");
    }

    @Test
    void aSpoiledItemHarmsNoSibling() throws IOException {
        List<Piece> items = items();
        for (int i = 0; i < COUNT; i++) {
            Piece piece = items.get(random.nextInt(items.size()));
            String spoiled = mutation.of(piece.item().text());
            List<Fact> facts = facts(piece.with(spoiled + "," + piece.item().text() + "," + spoiled))
                    .facts();
            assertThat(facts).extracting(fact -> fact.item().key()).containsAll(piece.keys());
            assertThat(facts).allSatisfy(FactChecks::fitForTheDatabase);
        }
    }

    @Test
    void aSpoiledChangeHarmsNoSibling() throws IOException {
        List<String> changes = pieces(2);
        String healthy = healthyChange();
        for (int i = 0; i < COUNT; i++) {
            check(payload(entry(mutation.of(pick(changes)), healthy)));
        }
    }

    @Test
    void aSpoiledEntryHarmsNoSibling() throws IOException {
        List<String> entries = pieces(1);
        for (int i = 0; i < COUNT; i++) {
            check(payload(mutation.of(pick(entries)), entry(healthyChange()), mutation.of(pick(entries))));
        }
    }

    @Test
    void aSpoiledPayloadStillHasAMeaning() throws IOException {
        List<String> bodies = pieces(0);
        PayloadInterpreter interpreter = new PayloadInterpreter();
        for (int i = 0; i < COUNT; i++) {
            String spoiled = mutation.of(pick(bodies));
            Interpretation read = interpreter.interpret(spoiled.getBytes(UTF_8));
            if (read instanceof Interpretation.Facts facts) {
                assertThat(facts.facts()).as(spoiled).isNotEmpty().allSatisfy(FactChecks::fitForTheDatabase);
            }
        }
    }

    @Test
    void spoiledBytesAreReadOrRefusedButNeverThrow() throws IOException {
        List<String> bodies = pieces(0);
        PayloadInterpreter interpreter = new PayloadInterpreter();
        for (int i = 0; i < COUNT; i++) {
            byte[] bytes = pick(bodies).getBytes(UTF_8);
            for (int hits = random.nextInt(1, 4); hits > 0; hits--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            assertThatCode(() -> interpreter.interpret(bytes)).doesNotThrowAnyException();
        }
    }

    private static void check(String body) {
        List<Fact> facts = facts(body).facts();
        assertThat(facts).extracting(fact -> fact.item().key()).containsAll(HEALTHY);
        assertThat(facts).hasSizeGreaterThan(1).allSatisfy(FactChecks::fitForTheDatabase);
    }

    private static String healthyChange() {
        return change(
                "messages",
                value("\"messages\":[" + text("h1", "1") + "],\"statuses\":[" + status("h2", "sent") + "]"));
    }

    private String pick(List<String> from) {
        return from.get(random.nextInt(from.size()));
    }

    /// An item of a sample, and the keys of the facts that it states.
    private record Piece(String body, Json item, List<String> keys) {

        /// The sample with this in the item's place.
        String with(String items) {
            return body.substring(0, item.start()) + items + body.substring(item.end());
        }
    }

    private static final Set<String> LISTS = Set.of(
            "messages",
            "statuses",
            "message_echoes",
            "calls",
            "user_preferences",
            "state_sync",
            "user_id_update",
            "groups",
            "automatic_events",
            "events");

    private static List<Piece> items() throws IOException {
        List<Piece> items = new ArrayList<>();
        for (Path sample : CorpusTest.samples()) {
            String body = Files.readString(sample);
            Json payload = JsonReader.read(body);
            if (payload != null) {
                gatherItems(payload, body, facts(body).facts(), items);
            }
        }
        return items;
    }

    private static void gatherItems(Json value, String body, List<Fact> facts, List<Piece> items) {
        if (value instanceof Json.Arr array) {
            array.items().forEach(item -> gatherItems(item, body, facts, items));
        } else if (value instanceof Json.Obj object) {
            for (String name : LISTS) {
                for (Json item : object.array(name)) {
                    List<String> keys = facts.stream()
                            .filter(fact -> fact.item().raw().equals(item.text()))
                            .map(fact -> fact.item().key())
                            .toList();
                    items.add(new Piece(body, item, keys));
                }
            }
            object.members().values().forEach(member -> gatherItems(member, body, facts, items));
        }
    }

    /// Parts of our samples: 0 whole bodies, 1 their entries, 2 changes.
    private static List<String> pieces(int level) throws IOException {
        List<String> pieces = new ArrayList<>();
        for (Path sample : CorpusTest.samples()) {
            if (JsonReader.read(Files.readString(sample)) instanceof Json.Obj payload) {
                gather(payload, level, pieces);
            }
        }
        return pieces;
    }

    private static void gather(Json.Obj object, int level, List<String> pieces) {
        if (level == 0) {
            pieces.add(object.text());
            return;
        }
        for (String name : List.of("entry", "changes")) {
            for (Json part : object.array(name)) {
                if (part instanceof Json.Obj child) {
                    gather(child, level - 1, pieces);
                }
            }
        }
    }
}
