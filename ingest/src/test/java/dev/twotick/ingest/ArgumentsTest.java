package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The command line, as a process without a single setting.
class ArgumentsTest {

    private record Said(int code, String words) {}

    @Test
    void helpAndVersionAreSaidAndNothingStarts() throws Exception {
        assertThat(ingest("--help").words()).startsWith("Usage: ingest").contains("TWOTICK_APP_SECRETS");
        assertThat(ingest("--help").code()).isZero();
        assertThat(ingest("--version").words()).matches("twotick ingest \\d+\\.\\d+\\.\\d+ \\([0-9a-z-]+\\)\\s+");
    }

    @Test
    void anUnknownArgumentIsRefused() throws Exception {
        assertThat(ingest("--port=80"))
                .isEqualTo(new Said(
                        2,
                        "ingest knows --help and --version, not --port=80: settings"
                                + " come from the environment (TWOTICK_*)" + System.lineSeparator()));
    }

    private static Said ingest(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Ingest.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("TWOTICK_"));
        Process process = builder.start();
        String words = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Said(process.waitFor(), words);
    }
}
