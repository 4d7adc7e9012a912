package dev.twotick.worker.apply;

/// Another transaction was faster; nothing is wrong, and the batch starts over with what is there now.
final class Overtaken extends RuntimeException {
    private static final long serialVersionUID = 1;

    Overtaken(String how) {
        super(how);
    }
}
