package dev.twotick.bench;

import dev.twotick.devstack.StackFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What a process occupies of the machine's memory, as the kernel counts it.
final class Memory {
    private static final String RESIDENT = "VmRSS:";
    private static final int KIB = 1_024;

    private Memory() {}

    /// Bytes that a JVM still needs after a collection, which this asks for.
    static long heap(ProcessHandle jvm) {
        var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        try {
            var process = new ProcessBuilder(jcmd.toString(), String.valueOf(jvm.pid()), "GC.class_histogram").start();
            try (var lines = process.inputReader().lines()) {
                return lines.filter(line -> line.startsWith("Total "))
                        .mapToLong(line -> Long.parseLong(line.strip().split("\\s+", -1)[2]))
                        .findFirst()
                        .orElseThrow(() -> new StackFailure("jcmd does not say what the heap of the console holds"));
            }
        } catch (IOException e) {
            throw new StackFailure("cannot run " + jcmd + ": " + e.getMessage(), e);
        }
    }

    /// Bytes; 0 where the kernel does not say.
    static long of(ProcessHandle process) {
        try (var lines = Files.lines(Path.of("/proc", String.valueOf(process.pid()), "status"))) {
            return lines.filter(line -> line.startsWith(RESIDENT))
                    .mapToLong(line -> KIB * Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
        } catch (IOException macOrEnded) {
            return 0;
        }
    }
}
