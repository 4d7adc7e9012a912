package dev.twotick.worker.apply;

/// The batch says of people what changes who is who. Nothing of it is applied before that is settled.
///
/// @see Settlement
final class Unsettled extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient People owed;
    private final int expired;

    Unsettled(People owed) {
        this(owed, 0);
    }

    /// @param expired how many items were left out as behind the [Horizon]
    Unsettled(People owed, int expired) {
        super("people owed: " + owed.mentions().size() + " mentions, "
                + owed.steps().size() + " steps");
        this.owed = owed;
        this.expired = expired;
    }

    int expired() {
        return expired;
    }

    /// What is to be settled; the rest of the batch changes nobody.
    People owed() {
        return owed;
    }
}
