package dev.twotick.bench;

import dev.twotick.bench.load.Load;
import dev.twotick.bench.reference.Receiver;
import dev.twotick.devstack.Child;
import dev.twotick.devstack.Home;
import dev.twotick.devstack.Program;
import dev.twotick.devstack.StackFailure;
import dev.twotick.stores.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// A [Receiver] that runs, with the options of the JVM that Twotick's processes have; or the one of Go.
record ReferenceProcess(Process process, int port) implements AutoCloseable {
    private static final int TRIES = 1_000;

    static ReferenceProcess start(Home home, String kind, List<String> stores) {
        int port = FreePort.any();
        var arguments = new ArrayList<>(List.of(kind, String.valueOf(port)));
        arguments.addAll(stores);
        var program = Program.onClassPath(System.getProperty("java.class.path"), Receiver.class.getName());
        var child = new Child(home, "reference-" + kind, program, logging(), arguments, Map.of());
        return awaitListening(new ReferenceProcess(child.start(), port), child::lastLines);
    }

    /// Options of a JVM: without a configuration Logback writes a line for all that Jetty and HTTP clients do.
    static List<String> logging() {
        var ours = System.getProperty("logback.configurationFile");
        return ours == null ? List.of() : List.of("-Dlogback.configurationFile=" + ours);
    }

    /// @param log of what it prints
    static ReferenceProcess startGo(Path receiver, Path log, String postgresUrl, String redisUrl) throws IOException {
        int port = FreePort.any();
        var command = List.of(receiver.toString(), String.valueOf(port), postgresUrl, redisUrl, Load.APP_SECRET);
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        return awaitListening(new ReferenceProcess(process, port), () -> "see " + log);
    }

    private static ReferenceProcess awaitListening(ReferenceProcess started, Supplier<String> lastLines) {
        for (int tries = 0; !started.listens(); tries++) {
            if (tries > TRIES || !started.process.isAlive()) {
                started.close();
                throw new StackFailure("the reference did not start:\n  " + lastLines.get());
            }
            Pause.millis(20);
        }
        return started;
    }

    private boolean listens() {
        try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    double cpu() {
        return CpuTime.of(process.toHandle());
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
