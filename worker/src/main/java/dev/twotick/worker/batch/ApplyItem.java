package dev.twotick.worker.batch;

import dev.twotick.worker.interpret.Fact;
import java.util.List;

/// A fact and the payload that it came in.
public record ApplyItem<F extends Fact>(F fact, PayloadWork payload) {

    public Fact.Item item() {
        return fact.item();
    }

    public String accountId() {
        return fact.item().account().phoneNumberId().value();
    }

    /// The items of one kind of fact, in order.
    static <F extends Fact> List<ApplyItem<F>> only(Class<F> kind, List<ApplyItem<?>> items) {
        return items.stream()
                .filter(i -> kind.isInstance(i.fact()))
                .map(i -> new ApplyItem<>(kind.cast(i.fact()), i.payload()))
                .toList();
    }
}
