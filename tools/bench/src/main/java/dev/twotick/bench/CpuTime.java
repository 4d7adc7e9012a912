package dev.twotick.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/// What a process has used of the processors, with the children that it waited for, as the kernel counts it.
final class CpuTime {
    private static final int USER = 11; // fields of /proc/PID/stat behind the name
    private static final int CHILDREN_SYSTEM = 14;
    private static final double TICKS = 100;

    private CpuTime() {}

    /// Seconds.
    static double of(ProcessHandle process) {
        try {
            var stat = Files.readString(Path.of("/proc", String.valueOf(process.pid()), "stat"));
            var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            double ticks = 0;
            for (int field = USER; field <= CHILDREN_SYSTEM; field++) {
                ticks += Long.parseLong(fields[field]);
            }
            return ticks / TICKS;
        } catch (IOException macOrEnded) {
            return process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1e3;
        }
    }

    /// Seconds, of a server and all its sessions.
    static double ofTree(ProcessHandle server) {
        return Stream.concat(Stream.of(server), server.descendants())
                .mapToDouble(CpuTime::of)
                .sum();
    }
}
