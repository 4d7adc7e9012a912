package dev.twotick.worker.batch;

/// A row finds no partition for its day: nobody kept house for a fortnight, or a replay reaches behind the retention.
public final class NoPartition extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoPartition(Throwable cause) {
        super("a day has no partition", cause);
    }
}
