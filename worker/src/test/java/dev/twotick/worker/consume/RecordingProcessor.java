package dev.twotick.worker.consume;

import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.Hint;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

/// Writes down what comes through.
class RecordingProcessor implements PayloadProcessor {
    final Queue<List<StreamEntry>> batches = new ConcurrentLinkedQueue<>();

    /// One that has what comes in hand, and does not end with it before the latch is down.
    static RecordingProcessor heldUntil(CountDownLatch committed) {
        return new RecordingProcessor() {
            @Override
            void take(List<StreamEntry> entries, Attempts attempts) throws InterruptedException {
                super.take(entries, attempts);
                committed.await();
            }
        };
    }

    @Override
    public final Hint process(List<StreamEntry> entries, Attempts attempts) throws InterruptedException {
        take(entries, attempts);
        return Hint.NONE;
    }

    void take(List<StreamEntry> entries, Attempts attempts) throws InterruptedException {
        attempts.begins();
        batches.add(entries);
    }

    List<StreamEntry> entries() {
        return batches.stream().flatMap(List::stream).toList();
    }

    List<PayloadId> ids() {
        return entries().stream().map(entry -> entry.payload().id()).toList();
    }
}
