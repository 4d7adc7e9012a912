package dev.twotick.worker.batch;

/// Another transaction was faster; nothing is wrong, and the batch starts over with what is there now.
public final class Overtaken extends RuntimeException {
    private static final long serialVersionUID = 1;

    public Overtaken(String how) {
        super(how);
    }
}
