package dev.twotick.worker.outbox;

import dev.twotick.db.DatabaseFault;
import dev.twotick.worker.outbox.Resend.Counts;
import dev.twotick.worker.outbox.Resend.Progress;
import dev.twotick.worker.outbox.Resend.State;
import dev.twotick.worker.outbox.Resend.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;

/// Carries resends on beside the workers, and looks on, until they have ended. One that does not move for too long is
/// left to the workers.
final class ResendFollower {
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration OUTAGE_PAUSE = Duration.ofSeconds(1);

    private final Resend resend;
    private final Duration patience;
    private final Progress progress;
    private final Map<Long, LastSeen> lastSeen = new HashMap<>();
    private final List<String> stalled = new ArrayList<>();

    /// Anything that changed is a sign that the endpoint takes calls.
    private record LastSeen(long events, int due, long at) {}

    ResendFollower(Resend resend, Duration patience, Progress progress) {
        this.resend = resend;
        this.patience = patience;
        this.progress = progress;
    }

    Counts follow(List<Long> ids) throws InterruptedException {
        List<Long> left = new ArrayList<>(ids);
        Counts before = Counts.NONE;
        while (true) {
            Map<Long, Step> steps = new HashMap<>();
            for (long id : left) {
                steps.put(id, patiently(() -> resend.carryOn(id)));
            }
            List<ResendView> views = patiently(() -> resend.show(ids));
            Counts counts = sum(views);
            if (!counts.equals(before)) {
                before = counts;
                progress.at(counts);
            }
            left.clear();
            views.stream().filter(view -> goesOn(view, steps.get(view.id()))).forEach(view -> left.add(view.id()));
            if (left.isEmpty()) {
                return counts.stalled(stalled);
            }
            if (steps.values().stream().noneMatch(step -> step instanceof Step.Moved)) {
                Thread.sleep(PAUSE);
            }
        }
    }

    private static Counts sum(List<ResendView> views) {
        return views.stream().map(ResendView::counts).reduce(Counts.NONE, Counts::and);
    }

    /// @param step null: it was left before
    private boolean goesOn(ResendView view, @Nullable Step step) {
        if (view.state() != State.RUNNING || step == null) {
            return false;
        }
        LastSeen seen = lastSeen.get(view.id());
        int due = step instanceof Step.Full full ? full.due() : Integer.MAX_VALUE;
        long now = System.nanoTime();
        if (seen == null || step instanceof Step.Early || view.counts().events() != seen.events() || due < seen.due()) {
            lastSeen.put(view.id(), new LastSeen(view.counts().events(), due, now));
            return true;
        }
        if (now - seen.at() > patience.toNanos()) {
            stalled.add(view.endpoint());
            return false;
        }
        return true;
    }

    private interface Query<T> {
        T ask();
    }

    private static <T> T patiently(Query<T> query) throws InterruptedException {
        while (true) {
            try {
                return query.ask();
            } catch (DataAccessException e) {
                if (!DatabaseFault.mayPass(e)) {
                    throw e;
                }
                Thread.sleep(OUTAGE_PAUSE);
            }
        }
    }
}
