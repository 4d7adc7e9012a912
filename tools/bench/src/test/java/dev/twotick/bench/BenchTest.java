package dev.twotick.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The short form of `./twotick bench`: what was lost on the way would have ended it.
class BenchTest {
    private static final String CLASS_PATH = System.getProperty("java.class.path");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS) // of a failure all logs stay
    Path folder;

    @Test
    void aShortRunFillsTheTableTheJsonAndThePicture() throws IOException {
        var json = folder.resolve("now.json");
        var picture = folder.resolve("now.svg");

        int exit = bench(
                "drain",
                "--seconds",
                "1",
                "--turns",
                "1",
                "--events",
                "400",
                "--json",
                json.toString(),
                "--picture",
                picture.toString());

        assertThat(exit).isZero();
        var lines =
                JsonMapper.builder().build().readTree(Files.readString(json)).get("lines");
        assertThat(StreamSupport.stream(lines.spliterator(), false).map(BenchTest::name))
                .contains(
                        "drain events/s from a full stream, warm",
                        "drain the same, from the worker's start",
                        "drain WAL of an event",
                        "drain disk of an event, without the log");
        assertThat(lines)
                .allSatisfy(line -> assertThat(line.get("value").asDouble()).isPositive());
        assertThat(Files.readString(picture)).startsWith("<svg").endsWith("</svg>\n");
        assertThat(folder.resolve("bench")).isEmptyDirectory();
    }

    @Test
    void aScenarioThatIsNotThereIsNamed() {
        assertThat(bench("drian")).isOne();
    }

    private int bench(String... arguments) {
        return Bench.run(new Bench(folder, home -> Build.onClassPath(CLASS_PATH, home)), arguments);
    }

    private static String name(JsonNode line) {
        return line.get("scenario").asString() + " " + line.get("what").asString();
    }
}
