package dev.twotick.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.devstack.Program;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// Everything is killed again and again while healthy payloads are suspects and tried alone.
class SuspectStormTest {
    private static final String CLASS_PATH = System.getProperty("java.class.path");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS) // of a failure all logs stay
    Path folder;

    @Test
    @Timeout(value = 45, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void noHealthyPayloadIsGivenUp() throws Exception {
        var settings = new SoakSettings(
                folder.resolve("soak"),
                815,
                4,
                Duration.ofMinutes(5),
                Duration.ofMinutes(15), // a call that failed twice waits for five
                false,
                true,
                Program.onClassPath(CLASS_PATH, "dev.twotick.ingest.Ingest"),
                Program.onClassPath(CLASS_PATH, "dev.twotick.worker.WorkerCommand"));
        try (var run = new SoakRun(settings, line -> System.out.println(line))) {
            var report = run.run(Conductor::conductSuspectStorm);
            assertThat(report.differences()).isEmpty();
            try (var db = run.connect();
                    var failures = db.createStatement().executeQuery("select count(*) from payload_failure")) {
                failures.next();
                assertThat(failures.getLong(1)).isZero();
            }
        }
    }
}
