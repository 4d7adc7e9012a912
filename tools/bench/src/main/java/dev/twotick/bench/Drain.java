package dev.twotick.bench;

import dev.twotick.devstack.StackFailure;
import java.util.List;

/// A stream that was full, and a worker that emptied it. Counted by the stream's length, which every version of Twotick
/// shortens by what is applied and acknowledged.
///
/// @param perSecond updates, each as often as it was posted, between a tenth drained and nearly all: neither the start
/// nor the last batch
record Drain(double perSecond, long events, long walBytes, long diskBytes, Statements statements, String cpu) {
    private static final double FROM = 0.9;
    private static final double TO = 0.03;
    private static final long PATIENCE_NANOS = 120_000_000_000L;

    /// @param begin lets the worker work
    static Drain of(Stack stack, Fill fill, Runnable begin) {
        long wal = stack.walPosition();
        long size = stack.size();
        var cpu = stack.cpu();
        long start = System.nanoTime();
        long messages = stack.number("select count(*) from message");
        begin.run();
        double perSecond = watch(stack, fill.entries(), start) * fill.shape().updates();
        double seconds = (System.nanoTime() - start) / 1e9;
        var used = stack.cpu().since(cpu).over(seconds);
        long walBytes = stack.walPosition() - wal;
        Pause.millis(600); // the sessions' counts reach the statistics a moment later
        long events = fill.events();
        checkAll(stack, stack.number("select count(*) from message") - messages, events);
        var statements = stack.countsStatements() ? Statements.of(stack) : new Statements(0, List.of());
        return new Drain(perSecond, events, walBytes, stack.size() - size, statements, used);
    }

    /// @param begin counts where all were gone in a batch or two
    /// @return payloads a second
    private static double watch(Stack stack, int payloads, long begin) {
        long from = 0;
        long fromLength = 0;
        long to = 0;
        long toLength = 0;
        long last = System.nanoTime();
        long before = payloads;
        for (long length = payloads; before > 0; length = stack.streamLength()) {
            long now = System.nanoTime();
            if (from == 0 && length <= payloads * FROM) {
                from = now;
                fromLength = length;
            } else if (from != 0 && length < before && (to == 0 || length >= payloads * TO)) {
                to = now;
                toLength = length;
            }
            if (length < before) {
                before = length;
                last = now;
            } else if (now - last > PATIENCE_NANOS) {
                throw new StackFailure(length + " payloads stay in the stream; see the worker's log");
            }
            Pause.millis(10);
        }
        return to == 0 ? payloads / ((last - begin) / 1e9) : (fromLength - toLength) / ((to - from) / 1e9);
    }

    /// Of four events one is a message received, one a message sent; the others are about those.
    private static void checkAll(Stack stack, long added, long events) {
        long failed = stack.number("select count(*) from payload_failure");
        if (failed > 0 || added < events / 2) {
            throw new StackFailure("of %d events %d messages came out, and %d items failed: something is lost"
                    .formatted(events, added, failed));
        }
    }

    double walAnEvent() {
        return walBytes / (double) events;
    }

    double diskAnEvent() {
        return diskBytes / (double) events;
    }

    double eventsABatch() {
        return events / (double) statements.batches();
    }
}
