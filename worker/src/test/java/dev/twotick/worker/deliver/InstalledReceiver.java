package dev.twotick.worker.deliver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twotick.stores.FreePort;
import dev.twotick.stores.Installed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A receiver of `examples/receivers` in its own language, as a process of its own that listens.
public final class InstalledReceiver implements AutoCloseable {
    private static final Path RECEIVERS =
            Path.of("../examples/receivers").toAbsolutePath().normalize();

    public final int port;
    private final Process process;

    /// @param command files are those of `folder`
    /// @param environment besides `PORT`
    /// @param log         where it prints
    public InstalledReceiver(String folder, List<String> command, Map<String, String> environment, Path log)
            throws IOException {
        port = FreePort.any();
        ProcessBuilder builder = new ProcessBuilder(command.stream()
                        .map(part -> Files.isRegularFile(in(folder, part))
                                ? in(folder, part).toString()
                                : part)
                        .toList())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        builder.environment().put("PORT", String.valueOf(port));
        process = builder.start();
        await().until(() -> !process.isAlive() || FreePort.listens(port));
        assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
    }

    private static Path in(String folder, String part) {
        return RECEIVERS.resolve(folder).resolve(part);
    }

    /// Leaves the test out, and says so, where something is missing; `-Dtwotick.languages=all` insists.
    ///
    /// @param needs what `examples/receivers/install` brings
    /// @param program by which it is started
    /// @param canBe   whether it could have been brought: if not, nobody insists
    public static void require(String name, String folder, String needs, String program, boolean canBe) {
        await("examples/receivers/install is still at work, or was killed: then remove .installing beside it")
                .atMost(Duration.ofMinutes(15)) // CI installs them while it tests what comes before
                .until(() -> !Files.exists(RECEIVERS.resolve(".installing")));
        boolean there = Files.exists(in(folder, needs))
                && (program.contains("/") || Installed.program(program).isPresent());
        if (!there) {
            System.out.println("Tests leave out the receiver in " + name + ": examples/receivers/install brings what it"
                    + " needs, where the language is there");
        }
        if (canBe && "all".equals(System.getProperty("twotick.languages"))) {
            assertThat(there).as("%s is there", needs).isTrue();
        }
        assumeTrue(there, needs + " is not there");
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
