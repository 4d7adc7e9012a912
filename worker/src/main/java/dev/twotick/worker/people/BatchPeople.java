package dev.twotick.worker.people;

import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.FlowCompleted;
import dev.twotick.worker.interpret.Fact.IdentityChange;
import dev.twotick.worker.interpret.Fact.MessageTold;
import dev.twotick.worker.interpret.Fact.Noticed;
import dev.twotick.worker.interpret.Fact.StatusReported;
import dev.twotick.worker.interpret.Person;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Everything that a batch says of people: how they were named, and whose ids became others. The same said
/// twice stands here once, in the order of the tables' keys.
final class BatchPeople {
    private final Map<Mention.Key, Said<Mention>> mentions = new TreeMap<>();
    private final Map<List<Identity>, Said<IdentityStep>> steps = new TreeMap<>(BatchPeople::byPair);

    /// @param because the first item of the batch that says so: its account hears of the contact
    record Said<T>(T what, ApplyItem<?> because) {}

    /// @param businessOf an item's business
    static BatchPeople of(Collection<? extends ApplyItem<?>> items, ToLongFunction<ApplyItem<?>> businessOf) {
        BatchPeople people = new BatchPeople();
        items.forEach(item -> people.add(item, businessOf.applyAsLong(item)));
        return people;
    }

    Collection<Said<Mention>> mentions() {
        return mentions.values();
    }

    Collection<Said<IdentityStep>> steps() {
        return steps.values();
    }

    boolean isEmpty() {
        return mentions.isEmpty() && steps.isEmpty();
    }

    NavigableSet<Identity> identities() {
        TreeSet<Identity> identities = new TreeSet<>();
        mentions.keySet().forEach(key -> identities.addAll(key.identities()));
        steps.keySet().forEach(identities::addAll);
        return identities;
    }

    void add(Said<Mention> mention) {
        mentions.merge(mention.what.key(), mention, (one, other) -> new Said<>(one.what.and(other.what), one.because));
    }

    void addStep(Said<IdentityStep> step) {
        steps.merge(
                List.of(step.what.from(), step.what.to()),
                step,
                (one, other) -> new Said<>(one.what.and(other.what), one.because));
    }

    private void add(ApplyItem<?> item, long business) {
        switch (item.fact()) {
            case MessageTold told -> {
                add(item, business, told.peer());
                add(item, business, told.change());
            }
            case FlowCompleted flow -> add(item, business, flow.person());
            case StatusReported status -> {}
            case Noticed noticed -> {
                switch (noticed.effect()) {
                    case Effect.PreferenceStated stated -> add(item, business, stated.person());
                    case Effect.SignedUp signedUp -> add(item, business, signedUp.person());
                    case Effect.CallReported call -> add(item, business, call.peer());
                    case Effect.NameSaved saved ->
                        add(new Said<>(
                                Mention.of(business, saved.person())
                                        .savedAs(saved.name(), item.item().occurredAt()),
                                item));
                    case Effect.IdentityChanged changed -> add(item, business, changed.change());
                    case Effect.TemplateChanged _, Effect.OtherStatus _ -> {}
                    case null -> {}
                }
            }
        }
    }

    private void add(ApplyItem<?> item, long business, @Nullable Person person) {
        if (person != null) {
            add(new Said<>(Mention.of(business, person), item));
        }
    }

    private void add(ApplyItem<?> item, long business, @Nullable IdentityChange change) {
        if (change != null) {
            add(item, business, change.before());
            add(item, business, change.after());
            IdentityStep step = IdentityStep.of(business, change, item.item().occurredAt());
            if (step != null) {
                addStep(new Said<>(step, item));
            }
        }
    }

    private static int byPair(List<Identity> one, List<Identity> other) {
        int byFrom = one.getFirst().compareTo(other.getFirst());
        return byFrom != 0 ? byFrom : one.getLast().compareTo(other.getLast());
    }
}
