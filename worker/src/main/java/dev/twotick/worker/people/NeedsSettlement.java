package dev.twotick.worker.people;

import dev.twotick.worker.batch.Postponed;
import java.util.Set;
import java.util.stream.Collectors;

/// The batch says of people what changes who is who. Nothing of it is applied before that is settled.
///
/// @see Settlement
public final class NeedsSettlement extends Postponed {
    private static final long serialVersionUID = 1;

    private final transient BatchPeople owed;
    private final int expired;

    NeedsSettlement(BatchPeople owed) {
        this(owed, 0);
    }

    private NeedsSettlement(BatchPeople owed, int expired) {
        super("people owed: " + owed.mentions().size() + " mentions, "
                + owed.steps().size() + " steps");
        this.owed = owed;
        this.expired = expired;
    }

    /// @param expired how many items were left out as behind the horizon of `privacy`
    public NeedsSettlement withExpired(int expired) {
        return new NeedsSettlement(owed, expired);
    }

    public int expired() {
        return expired;
    }

    /// Whose people they are. One that the batch itself made went with its transaction.
    public Set<Long> businesses() {
        return owed.identities().stream().map(Identity::businessId).collect(Collectors.toSet());
    }

    /// What is to be settled; the rest of the batch changes nobody.
    BatchPeople owed() {
        return owed;
    }
}
