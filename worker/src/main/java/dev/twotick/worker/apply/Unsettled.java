package dev.twotick.worker.apply;

/// The batch says of people what changes who is who. Nothing of it is applied before that is settled.
///
/// @see Settlement
final class Unsettled extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient People owed;

    Unsettled(People owed) {
        super("people owed: " + owed.mentions().size() + " mentions, "
                + owed.steps().size() + " steps");
        this.owed = owed;
    }

    /// What is to be settled; the rest of the batch changes nobody.
    People owed() {
        return owed;
    }
}
