package dev.twotick.worker.people;

import dev.twotick.worker.batch.DatedText;
import dev.twotick.worker.batch.Precedence;
import dev.twotick.worker.interpret.Fact.IdentityChange;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One id became another one of the same person, a row of `contact_change`.
record IdentityStep(Identity from, Identity to, @Nullable Instant statedAt) {

    /// Of all that was named before and after, the strongest; the others follow by the mentions of either
    /// side. Null where both are the same id, and only the company it is in changed.
    static @Nullable IdentityStep of(long businessId, IdentityChange change, @Nullable Instant at) {
        Identity from = Identity.of(businessId, change.before());
        Identity to = Identity.of(businessId, change.after());
        return from.equals(to) ? null : new IdentityStep(from, to, at);
    }

    /// As another business knows it.
    IdentityStep in(long business) {
        return new IdentityStep(from.in(business), to.in(business), statedAt);
    }

    IdentityStep and(IdentityStep other) {
        return new IdentityStep(from, to, Precedence.greater(statedAt, other.statedAt));
    }

    boolean covers(IdentityStep other) {
        return DatedText.TIME.compare(statedAt, other.statedAt) >= 0;
    }
}
