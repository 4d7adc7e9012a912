package dev.twotick.bench;

import dev.twotick.bench.reference.Receiver;
import dev.twotick.devstack.Child;
import dev.twotick.devstack.Home;
import dev.twotick.devstack.Program;
import dev.twotick.devstack.StackFailure;
import dev.twotick.stores.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A [Receiver] that runs, with the options of the JVM that Twotick's processes have.
record ReferenceProcess(Process process, int port) implements AutoCloseable {
    private static final int TRIES = 1_000;

    static ReferenceProcess start(Home home, String kind, List<String> stores) {
        int port = FreePort.any();
        var arguments = new ArrayList<>(List.of(kind, String.valueOf(port)));
        arguments.addAll(stores);
        var program = Program.onClassPath(System.getProperty("java.class.path"), Receiver.class.getName());
        var child = new Child(home, "reference-" + kind, program, List.of(), arguments, Map.of());
        var started = new ReferenceProcess(child.start(), port);
        for (int tries = 0; !started.listens(); tries++) {
            if (tries > TRIES || !started.process.isAlive()) {
                started.close();
                throw new StackFailure("the reference did not start:\n  " + child.lastLines());
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
