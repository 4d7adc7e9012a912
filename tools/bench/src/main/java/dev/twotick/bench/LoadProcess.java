package dev.twotick.bench;

import dev.twotick.bench.load.Heard;
import dev.twotick.bench.load.Load;
import dev.twotick.bench.load.Order;
import dev.twotick.bench.load.Outcome;
import dev.twotick.devstack.StackFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// The load generator, and the receiver of hooks, as a process of its own.
final class LoadProcess implements AutoCloseable {
    private static final JsonMapper json = JsonMapper.builder().build();

    private final Process process;
    private final BufferedReader answers;
    private final Writer orders;
    private final String hookUrl;
    private long next = 1_000_000;

    LoadProcess(Path log) throws IOException {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx3g",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Load.class.getName())
                .redirectError(log.toFile())
                .start();
        answers = process.inputReader(StandardCharsets.UTF_8);
        orders = process.outputWriter(StandardCharsets.UTF_8);
        hookUrl = "http://127.0.0.1:" + answer() + "/hook";
    }

    String hookUrl() {
        return hookUrl;
    }

    /// The number of the first of so many updates that nobody has posted; a multiple of 4.
    long first(long updates) {
        long first = next;
        next += (updates + 3) / 4 * 4;
        return first;
    }

    Outcome post(Order order) {
        prepare(order);
        return go();
    }

    /// Returns when all is signed; [#go] follows.
    void prepare(Order order) {
        write(json.writeValueAsString(order));
        if (!Load.READY.equals(answer())) {
            throw new StackFailure("the load generator is not ready");
        }
    }

    Outcome go() {
        write("go");
        return json.readValue(answer(), Outcome.class);
    }

    /// From now on so many sockets wait for frames, in place of a receiver of hooks.
    Heard listen(int port, String token, int sockets) {
        return heard(Load.LISTEN + json.writeValueAsString(Map.of("port", port, "token", token, "sockets", sockets)));
    }

    /// What came of the sockets, once all frames have come that are owed, or no more come.
    ///
    /// @param first as [Load] has them
    Heard heard(String first) {
        write(first);
        return json.readValue(answer(), Heard.class);
    }

    /// Hook calls that have come since the start.
    long calls() {
        write(Load.CALLS);
        return Long.parseLong(answer());
    }

    private void write(String line) {
        try {
            orders.write(line + "\n");
            orders.flush();
        } catch (IOException e) {
            throw new StackFailure("the load generator has ended", e);
        }
    }

    private String answer() {
        try {
            var line = answers.readLine();
            if (line == null) {
                throw new StackFailure("the load generator has ended; see load.log");
            }
            return line;
        } catch (IOException e) {
            throw new StackFailure("the load generator has ended", e);
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}
