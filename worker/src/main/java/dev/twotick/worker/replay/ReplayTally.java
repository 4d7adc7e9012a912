package dev.twotick.worker.replay;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.worker.replay.PayloadOutcomes.Finished;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Counts what finished, and knows from where the rest goes on: payloads finish in another order than they went.
final class ReplayTally implements StreamFeed.Watcher {
    private final ReplayProgress progress;
    private final Map<UUID, PayloadId> open = new LinkedHashMap<>(); // by attempt, in the order of their ids
    private ReplayCounts counts = ReplayCounts.NONE;
    private @Nullable PayloadId lastPushed;

    ReplayTally(ReplayProgress progress) {
        this.progress = progress;
    }

    @Override
    public void pushing(List<QueuedPayload> payloads) {
        for (QueuedPayload payload : payloads) {
            open.put(payload.attempt(), payload.id());
            lastPushed = payload.id();
        }
    }

    @Override
    public void finished(List<Finished> payloads) {
        for (Finished payload : payloads) {
            open.remove(payload.attempt());
            counts = counts.plus(payload.outcome());
        }
        progress.at(counts);
    }

    @Override
    public void waiting(String why) {
        progress.waiting(why);
    }

    ReplayResult ended(long selected) {
        return new ReplayResult(selected, counts, Optional.empty());
    }

    /// @param beginning where to go on if nothing went
    ReplayResult interrupted(long selected, Instant beginning) {
        PayloadId next = open.isEmpty() ? lastPushed : open.values().iterator().next();
        return new ReplayResult(selected, counts, Optional.of(next == null ? beginning : next.time()));
    }
}
