package dev.twotick.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twotick.devstack.Program;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// `./twotick soak --sentinels`, `--cluster` and `--sites` from an IDE: minutes long, so each runs where it is
/// asked for, as in `-Dtwotick.soak.sites.minutes=2`.
class FailoversTest {
    private static final String CLASS_PATH = System.getProperty("java.class.path");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS) // of a failure all logs stay
    Path folder;

    @ParameterizedTest
    @EnumSource(names = {"SENTINELS", "CLUSTER", "SITES"})
    void whateverIsLostOfAllThatThereIsNothingElseIsLostAndNothingDoubled(SoakSettings.Ordeal ordeal) throws Exception {
        Long minutes = Long.getLong("twotick.soak." + ordeal.name().toLowerCase(Locale.ROOT) + ".minutes");
        assumeTrue(minutes != null, "it was not asked for");
        long seed = Long.getLong("twotick.soak.seed", System.nanoTime() & 0xffff);
        var settings = new SoakSettings(
                folder.resolve("soak"),
                seed,
                30,
                Duration.ofMinutes(minutes),
                Duration.ofMinutes(15), // a call that failed twice waits for five
                ordeal,
                false,
                Program.onClassPath(CLASS_PATH, "dev.twotick.ingest.Ingest"),
                Program.onClassPath(CLASS_PATH, "dev.twotick.worker.WorkerCommand"));
        try (var run = new SoakRun(settings, line -> System.out.println(line))) {
            var report = run.run();
            System.out.println(report.table());

            assertThat(report.differences()).as("seed " + seed).isEmpty();
        }
    }
}
