package dev.twotick.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What a process occupies of the machine's memory, as the kernel counts it.
final class Memory {
    private static final String RESIDENT = "VmRSS:";
    private static final int KIB = 1_024;

    private Memory() {}

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
