package dev.twotick.worker.replay;

import dev.twotick.worker.replay.PayloadOutcomes.Outcome;

/// @param applied   payloads in which something was new
/// @param duplicate payloads in which everything was known: the database has what they say
/// @param failed    payloads that failed, whole or in part
public record ReplayCounts(long applied, long duplicate, long failed) {
    static final ReplayCounts NONE = new ReplayCounts(0, 0, 0);

    public long done() {
        return applied + duplicate + failed;
    }

    ReplayCounts plus(Outcome outcome) {
        return switch (outcome) {
            case APPLIED -> new ReplayCounts(applied + 1, duplicate, failed);
            case DUPLICATE -> new ReplayCounts(applied, duplicate + 1, failed);
            case FAILED -> new ReplayCounts(applied, duplicate, failed + 1);
        };
    }
}
