package dev.twotick.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What it all runs on.
final class Machine {
    private static final double GIB = 1L << 30;

    private Machine() {}

    static String words() {
        var system = (com.sun.management.OperatingSystemMXBean)
                java.lang.management.ManagementFactory.getOperatingSystemMXBean();
        return "%d processors (%s), %.0f GiB, %s %s, Java %s"
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        processor(),
                        system.getTotalMemorySize() / GIB,
                        System.getProperty("os.name"),
                        System.getProperty("os.version"),
                        Runtime.version());
    }

    private static String processor() {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException mac) {
            return System.getProperty("os.arch");
        }
    }
}
