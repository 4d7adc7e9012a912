package dev.twotick.worker.apply;

import dev.twotick.worker.interpret.Fact;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/// A fact and the payload that it came in.
record ApplyItem<F extends Fact>(F fact, PayloadWork payload) {

    Fact.Item item() {
        return fact.item();
    }

    String accountId() {
        return fact.item().account().phoneNumberId().value();
    }

    /// The items of one kind of fact, in order.
    static <F extends Fact> List<ApplyItem<F>> only(Class<F> kind, List<ApplyItem<?>> items) {
        return items.stream()
                .filter(i -> kind.isInstance(i.fact()))
                .map(i -> new ApplyItem<>(kind.cast(i.fact()), i.payload()))
                .toList();
    }

    /// Folds the items of one key into one, in memory, by the rule that the SQL has for two of different batches.
    static <F extends Fact, K> Map<K, ApplyItem<F>> fold(
            List<ApplyItem<F>> items, Function<ApplyItem<F>, K> key, BinaryOperator<ApplyItem<F>> stronger) {
        Map<K, ApplyItem<F>> folded = new LinkedHashMap<>();
        items.forEach(i -> folded.merge(key.apply(i), i, stronger));
        return folded;
    }
}
