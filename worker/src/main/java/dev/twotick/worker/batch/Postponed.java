package dev.twotick.worker.batch;

/// Thrown by a room below for `apply`: something else comes first. Nothing is wrong with the batch.
public abstract class Postponed extends RuntimeException {
    private static final long serialVersionUID = 1;

    public Postponed(String message) {
        super(message);
    }
}
