package dev.twotick.devstack;

/// A reason to stop that the person at the terminal can act on; the message says what to do and needs no stack trace.
final class StackFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    StackFailure(String message) {
        super(message);
    }

    StackFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
