package dev.twotick.devstack;

/// A reason to stop that the person at the terminal can act on; the message says what to do and needs no stack trace.
public final class StackFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StackFailure(String message) {
        super(message);
    }

    public StackFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
