package dev.twotick.worker.batch;

import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.MessageTold;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A fact and the payload that it came in; of what a program said, a payload that nobody logged.
public record ApplyItem<F extends Fact>(F fact, PayloadWork payload) {

    public Fact.Item item() {
        return fact.item();
    }

    /// Whether a program of the operator's said so, and no payload of Meta's.
    public boolean isRegistered() {
        return fact instanceof MessageTold told && told.source() == MessageTold.Source.REGISTERED;
    }

    /// The logged payload that it came in; null: none.
    public @Nullable UUID payloadId() {
        return isRegistered() ? null : payload.id();
    }

    public String accountId() {
        return fact.item().account().phoneNumberId().value();
    }

    /// The items of one kind of fact, in order.
    public static <F extends Fact> List<ApplyItem<F>> only(Class<F> kind, Collection<ApplyItem<?>> items) {
        return items.stream()
                .filter(i -> kind.isInstance(i.fact()))
                .map(i -> new ApplyItem<>(kind.cast(i.fact()), i.payload()))
                .toList();
    }
}
