package dev.twotick.worker.apply;

import dev.twotick.worker.apply.EventApplier.Progress;
import dev.twotick.worker.apply.EventApplier.Result;
import dev.twotick.worker.apply.Outcomes.Outcome;
import dev.twotick.worker.batch.BadData;
import dev.twotick.worker.batch.FailedItem;
import dev.twotick.worker.batch.PayloadWork;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.exception.DataAccessException;

/// What the transactions of one try have done so far, by delivery; and how often code of ours has thrown in it.
final class PayloadTallies {

    /// Transactions of one try that may end in an exception of our own code. One bad item of two thousand takes twelve;
    /// a fault that hits every item would take thousands.
    private static final int MOST_OWN_FAULTS = 200;

    private final Map<UUID, Tally> byAttempt = new LinkedHashMap<>();
    private final Progress progress;
    private final UUID first;
    private final Set<UUID> forwarded = new HashSet<>();
    private int ownFaults;
    private int failedStubbornly;
    private boolean refused;

    private static final class Tally {
        private final PayloadWork payload;
        private final List<FailedItem> failures = new ArrayList<>();
        private int expired;

        Tally(PayloadWork payload) {
            this.payload = payload;
        }
    }

    PayloadTallies(List<PayloadWork> payloads, Progress progress) {
        this.progress = progress;
        this.first = payloads.isEmpty() ? new UUID(0, 0) : payloads.getFirst().id();
        for (PayloadWork payload : payloads) {
            byAttempt.put(payload.attempt(), new Tally(payload));
            if (payload.refusal() != null) {
                fail(new FailedItem(payload, "$", payload.refusal(), null, payload.suspect()));
            }
        }
    }

    void fail(FailedItem failure) {
        of(failure.payload()).failures.add(failure);
        if (failure.comesAgain() && !failure.item().equals("$")) {
            failedStubbornly++;
        }
    }

    /// Items that failed of what may pass, see [StubbornRefusals].
    int failedStubbornly() {
        return failedStubbornly;
    }

    /// The first of the payloads, which stands for the batch.
    UUID first() {
        return first;
    }

    /// Counts a refusal.
    boolean isToBeSplit(DataAccessException refusal) {
        if (!refused) {
            refused = true;
            progress.refused();
        }
        return StubbornRefusals.isToBeSplit(refusal, progress.refusals());
    }

    /// @param expired by attempt, how many facts the same transaction passed over, see
    /// [dev.twotick.worker.privacy.Horizon]
    void committed(BatchTransaction.Applied applied, Map<UUID, Integer> expired) {
        applied.counts().forEach(progress::add);
        expired.forEach((attempt, facts) -> of(attempt).expired += facts);
        applied.refused().forEach(this::fail);
    }

    /// These deliveries' payloads have been told to endpoints of the format `meta`.
    void forwarded(Set<UUID> attempts) {
        forwarded.addAll(attempts);
    }

    /// The deliveries of which that is so.
    Set<UUID> forwarded() {
        return forwarded;
    }

    /// @return whether items may still be tried in smaller groups
    boolean mayIsolate(BadData reason) {
        return !reason.isOurs() || ++ownFaults <= MOST_OWN_FAULTS;
    }

    /// Whether an item of theirs is kept as failed, with what it says.
    boolean anyFailed(List<PayloadWork> payloads) {
        return payloads.stream().anyMatch(payload -> !of(payload).failures.isEmpty());
    }

    /// The items of this delivery that failed.
    List<FailedItem> failures(PayloadWork payload) {
        return of(payload).failures;
    }

    /// What to write for these, with what the same transaction has just applied.
    List<Outcome> outcomes(List<PayloadWork> ending, BatchTransaction.Applied applied, Map<UUID, Integer> expired) {
        Map<UUID, Integer> fresh = applied.counts();
        return ending.stream()
                .map(payload -> {
                    List<FailedItem> failures = new ArrayList<>(of(payload).failures);
                    applied.refused().stream()
                            .filter(f -> f.payload().attempt().equals(payload.attempt()))
                            .forEach(failures::add);
                    int more = fresh.getOrDefault(payload.attempt(), 0);
                    int passed = of(payload).expired + expired.getOrDefault(payload.attempt(), 0);
                    return outcome(payload, progress.fresh(payload) + more, passed, failures);
                })
                .toList();
    }

    Outcome outcome(PayloadWork payload) {
        return outcome(payload, progress.fresh(payload), of(payload).expired, of(payload).failures);
    }

    List<Result> results() {
        return byAttempt.values().stream()
                .map(t -> new Result(t.payload, outcome(t.payload).fresh(), t.failures.size()))
                .toList();
    }

    /// A database that lost a commit of an earlier try reports its facts as fresh once more.
    private static Outcome outcome(PayloadWork payload, int fresh, int expired, List<FailedItem> failures) {
        Outcome counted = new Outcome(payload, fresh, expired, failures);
        int most = Math.max(0, payload.facts().size() - expired - counted.failedItems());
        return new Outcome(payload, Math.min(fresh, most), expired, failures);
    }

    private Tally of(PayloadWork payload) {
        return of(payload.attempt());
    }

    private Tally of(UUID attempt) {
        Tally tally = byAttempt.get(attempt);
        if (tally == null) {
            throw new IllegalStateException("no payload of this batch has attempt " + attempt);
        }
        return tally;
    }
}
