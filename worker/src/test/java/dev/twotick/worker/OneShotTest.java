package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Runs that end, as processes: what a script reads from their standard output is their result and nothing else.
@WithStores
class OneShotTest {
    private final WorkerFixture twotick;

    OneShotTest(Stores stores) {
        twotick = new WorkerFixture(stores);
    }

    @BeforeEach
    void empty() {
        twotick.empty();
    }

    @AfterEach
    void close() {
        twotick.close();
    }

    @Test
    void standardOutputIsTheResultAndLogsGoToStandardError() throws Exception {
        twotick.environment.put("TWOTICK_LOG_FORMAT", ""); // as if it were not set
        twotick.environment.put("TWOTICK_LOG_LEVEL", "");
        twotick.receiveText(1, "hello");

        WorkerProcess.Said replay = WorkerProcess.run(twotick.environment, "--replay", "--in-process");

        assertThat(replay.out())
                .isEqualTo("1 payloads selected: 1 applied, 0 duplicate, 0 failed." + System.lineSeparator());
        assertThat(replay.err()).contains("state=stopped").doesNotContain("{\"");
        assertThat(replay.code()).isZero();
    }

    @Test
    void aFormatThatIsAskedForHoldsOnStandardErrorToo() throws Exception {
        twotick.environment.put("TWOTICK_LOG_FORMAT", "json");

        WorkerProcess.Said replay = WorkerProcess.run(twotick.environment, "--replay", "--in-process");

        assertThat(replay.out())
                .isEqualTo("0 payloads selected: 0 applied, 0 duplicate, 0 failed." + System.lineSeparator());
        assertThat(replay.err()).contains("\"message\":\"state=stopped\"");
    }

    @Test
    void anUnknownEventIsNoSuccess() throws Exception {
        twotick.db.execute("insert into hook_endpoint (id, name, url, secret, events)"
                + " values (gen_random_uuid(), 'app', 'https://a.example/', '\\x00', '{*}')");

        WorkerProcess.Said resend =
                WorkerProcess.run(twotick.environment, "--resend", "--id", "0b9d6c1e-0000-5000-8000-000000000000");

        twotick.db.execute("delete from hook_endpoint");
        assertThat(resend.out())
                .startsWith("0 events looked at, 0 calls owed again")
                .contains("No event has this id");
        assertThat(resend.code()).isEqualTo(1);
    }

    @Test
    void theVersionIsTheBuilds() throws Exception {
        assertThat(WorkerProcess.run(Map.of(), "--version").out())
                .matches("twotick worker \\d+\\.\\d+\\.\\d+ \\([0-9a-z-]+\\)\\s+");
    }
}
