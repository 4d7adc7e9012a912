package dev.twotick.bench.load;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.HdrHistogram.Histogram;

/// When the hook of each update of one order came. Times are [System#nanoTime]'s, counted from 1.
final class Arrivals {
    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private static final int MAX_SECONDS = 3_600;

    private final long first;
    private final AtomicLongArray came;
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicLong last = new AtomicLong();
    private final long zero = System.nanoTime();
    private final AtomicInteger[] seconds = new AtomicInteger[MAX_SECONDS];

    /// @param updates from `first` on
    Arrivals(long first, int updates) {
        this.first = first;
        came = new AtomicLongArray(updates);
        Arrays.setAll(seconds, _ -> new AtomicInteger());
    }

    /// Notes the first call for that update.
    void note(long update, long now) {
        long place = update - first;
        if (place >= 0 && place < came.length() && came.compareAndSet((int) place, 0, now)) {
            count.incrementAndGet();
            last.set(now);
            seconds[(int) Math.min(MAX_SECONDS - 1, (now - zero) / 1_000_000_000L)].incrementAndGet();
        }
    }

    /// Returns when so many have come, or none has for ten seconds.
    void await(int wanted) throws InterruptedException {
        last.compareAndSet(0, System.nanoTime());
        while (count.get() < wanted && System.nanoTime() - Math.max(last.get(), zero) < PATIENCE_NANOS) {
            Thread.sleep(5);
        }
    }

    long count() {
        return count.get();
    }

    /// In microseconds from when its post was due; of those that have not come, until now.
    ///
    /// @param due 0: it was not posted
    Histogram since(long[] due, int updatesEach) {
        var times = new Histogram(3_600_000_000L, 3);
        long now = System.nanoTime();
        for (int i = 0; i < came.length(); i++) {
            long since = due[i / updatesEach];
            if (since != 0) {
                long at = came.get(i) == 0 ? now : came.get(i);
                times.recordValue(Math.clamp((at - since) / 1_000, 0, 3_600_000_000L));
            }
        }
        return times;
    }

    List<Integer> perSecond() {
        var all = Arrays.stream(seconds).map(AtomicInteger::get).toList();
        int end = all.size();
        while (end > 0 && all.get(end - 1) == 0) {
            end--;
        }
        return all.subList(0, end);
    }
}
