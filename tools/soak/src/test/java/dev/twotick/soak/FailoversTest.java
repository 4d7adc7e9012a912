package dev.twotick.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.devstack.Program;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// `./twotick soak --sentinels` and `--sites` from an IDE: minutes long, so each runs where it is asked for.
class FailoversTest {
    private static final String CLASS_PATH = System.getProperty("java.class.path");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS) // of a failure all logs stay
    Path folder;

    @Test
    @EnabledIfSystemProperty(named = "twotick.soak.failovers.minutes", matches = "\\d+")
    void whateverBecomesTheMasterNothingIsLostAndNothingDoubled() throws Exception {
        run(Long.getLong("twotick.soak.failovers.minutes"), true);
    }

    @Test
    @EnabledIfSystemProperty(named = "twotick.soak.sites.minutes", matches = "\\d+")
    void whicheverSiteIsLostNothingElseIsAndNothingDoubled() throws Exception {
        run(Long.getLong("twotick.soak.sites.minutes"), false);
    }

    private void run(long minutes, boolean sentinels) throws Exception {
        long seed = Long.getLong("twotick.soak.seed", System.nanoTime() & 0xffff);
        var settings = new SoakSettings(
                folder.resolve("soak"),
                seed,
                30,
                Duration.ofMinutes(minutes),
                Duration.ofMinutes(15), // a call that failed twice waits for five
                sentinels,
                !sentinels,
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
