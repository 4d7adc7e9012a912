package dev.twotick.worker.consume;

/// An entry that cannot be processed now, though others perhaps can: it must not stand before them. It comes again
/// after [ConsumeSettings#takeOver].
public final class SetAside extends RuntimeException {
    private static final long serialVersionUID = 1;

    public SetAside(String reason, Throwable cause) {
        super(reason, cause);
    }
}
