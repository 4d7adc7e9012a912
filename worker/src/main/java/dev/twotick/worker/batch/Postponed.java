package dev.twotick.worker.batch;

/// Something else comes first. Nothing is wrong with the batch, and [Retries] lets it through as it is.
public abstract class Postponed extends RuntimeException {
    private static final long serialVersionUID = 1;

    public Postponed(String message) {
        super(message);
    }
}
