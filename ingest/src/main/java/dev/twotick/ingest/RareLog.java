package dev.twotick.ingest;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;

/// One warning of a kind in ten seconds, with the count of those left out: what a stranger can cause must not fill the
/// disk.
final class RareLog {
    private static final long PAUSE = Duration.ofSeconds(10).toNanos();

    private final Logger log;
    private final Map<String, Kind> kinds = new ConcurrentHashMap<>();

    RareLog(Logger log) {
        this.log = log;
    }

    /// @param line `key=value`, of a fixed set of lines: never text from outside
    void warn(String line) {
        kinds.computeIfAbsent(line, _ -> new Kind()).happened(log, line);
    }

    private static final class Kind {
        private long next = System.nanoTime();
        private long leftOut;

        synchronized void happened(Logger log, String line) {
            long now = System.nanoTime();
            if (now - next < 0) {
                leftOut++;
                return;
            }
            log.warn("{} left_out={}", line, leftOut);
            next = now + PAUSE;
            leftOut = 0;
        }
    }
}
