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
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Spoiled bodies from a seed: `-Dtwotick.seed=…` repeats a run, `-Dtwotick.mutations=…` makes it longer.
class MutationTest {
    private static final long SEED = Long.getLong("twotick.seed", System.nanoTime());
    private static final int COUNT = Integer.getInteger("twotick.mutations", 4_000);
    private static final List<String> HEALTHY = List.of("in:" + NUMBER + ":h1", "st:" + NUMBER + ":h2:sent:");

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Mutation mutation = new Mutation(random);

    MutationTest() {
        System.out.println("seed=" + SEED + " mutations=" + COUNT + " (of each kind)");
    }

    @Test
    void aSpoiledItemHarmsNoSibling() throws IOException {
        List<String> items = pieces(3);
        for (int i = 0; i < COUNT; i++) {
            String spoiled = mutation.of(pick(items));
            String both = "[" + spoiled + "," + text("h1", "1") + "," + spoiled + "]";
            String statuses = "[" + status("h2", "sent") + "," + spoiled + "]";
            check(payload(entry(change("messages", value("\"messages\":" + both + ",\"statuses\":" + statuses)))));
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

    /// Parts of our samples: 0 whole bodies, 1 their entries, 2 changes, 3 messages and statuses.
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
        Json.Obj value = object.object("value");
        Json.Obj holder = value == null ? object : value;
        for (String name : List.of("entry", "changes", "messages", "statuses")) {
            for (Json part : holder.array(name)) {
                if (part instanceof Json.Obj child) {
                    gather(child, level - 1, pieces);
                }
            }
        }
    }
}
