package dev.twotick.worker.replay;

import java.time.Instant;
import java.util.Optional;

/// How a replay ended.
///
/// @param selected    payloads
/// @param resumeSince when it was interrupted: the `--since` that goes on from here, with the other flags as they were
public record ReplayResult(long selected, ReplayCounts counts, Optional<Instant> resumeSince) {

    public boolean wasInterrupted() {
        return resumeSince.isPresent();
    }
}
