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

/// The short form of `./twotick soak`: processes of their own, killed at every step. Both in one class, so that they
/// come one after the other: side by side each keeps the other waiting, and they take longer than in turn.
class CrashMatrixTest {
    private static final String CLASS_PATH = System.getProperty("java.class.path");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS) // of a failure all logs stay
    Path folder;

    @Test
    @Timeout(value = 45, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void killedAtEveryStepNothingIsLostAndNothingDoubled() throws Exception {
        long seed = Long.getLong("twotick.soak.seed", System.nanoTime() & 0xffff);
        try (var run = new SoakRun(settings(seed, 8), line -> System.out.println(line))) {
            var report = run.run();
            System.out.println(report.table());

            assertThat(report.differences()).as("seed " + seed).isEmpty();
            assertThat(run.plan().left()).as("steps that nothing was killed at").isEmpty();

            theAuditSeesWhatIsLostAndWhatIsDoubled(run);
        }
    }

    @Test
    @Timeout(value = 45, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void noHealthyPayloadIsGivenUp() throws Exception {
        try (var run = new SoakRun(settings(815, 4), line -> System.out.println(line))) {
            var report = run.run(Conductor::conductSuspectStorm);
            assertThat(report.differences()).isEmpty();
            try (var db = run.connect();
                    var failures = db.createStatement().executeQuery("select count(*) from payload_failure")) {
                failures.next();
                assertThat(failures.getLong(1)).isZero();
            }
        }
    }

    private SoakSettings settings(long seed, int rate) {
        return new SoakSettings(
                folder.resolve("soak"),
                seed,
                rate,
                Duration.ofMinutes(25), // alone on two cores it takes three
                Duration.ofMinutes(15), // a call that failed twice waits for five
                SoakSettings.Ordeal.KILLS,
                true,
                Program.onClassPath(CLASS_PATH, "dev.twotick.ingest.Ingest"),
                Program.onClassPath(CLASS_PATH, "dev.twotick.worker.WorkerCommand"));
    }

    private static void theAuditSeesWhatIsLostAndWhatIsDoubled(SoakRun run) throws Exception {
        try (var db = run.connect();
                var sql = db.createStatement()) {
            sql.execute("delete from payload_outcome where payload_id ="
                    + " (select payload_id from payload_outcome order by payload_id limit 1)");
            sql.execute("delete from payload_log where sha256(body) ="
                    + " (select sha256(body) from payload_log order by id desc limit 1)");
            sql.execute("update conversation set unread_count = unread_count + 1"
                    + " where id = (select min(id) from conversation)");
            sql.execute("delete from message_status where (message_id, status, participant) ="
                    + " (select message_id, status, participant from message_status limit 1)");
        }
        var spoiled = run.compare();
        assertThat(spoiled.lost()).anyMatch(line -> line.startsWith("status not there"));
        assertThat(spoiled.lost().stream().filter(line -> line.startsWith("body ")))
                .hasSize(2);
        assertThat(spoiled.doubled()).anyMatch(line -> line.startsWith("conversation"));
    }
}
