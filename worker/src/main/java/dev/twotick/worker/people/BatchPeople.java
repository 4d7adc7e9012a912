package dev.twotick.worker.people;

import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.interpret.Fact;
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
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
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
        for (Person person : named(item.fact())) {
            add(new Said<>(mention(item, business, person), item));
        }
        IdentityChange change = change(item.fact());
        IdentityStep step = change == null
                ? null
                : IdentityStep.of(business, change, item.item().occurredAt());
        if (step != null) {
            addStep(new Said<>(step, item));
        }
    }

    /// Everybody whom it makes known. A status does not: it may come before its message.
    static List<Person> named(Fact fact) {
        Person person = switch (fact) {
            case MessageTold told -> told.peer();
            case FlowCompleted flow -> flow.person();
            case StatusReported _ -> null;
            case Noticed noticed ->
                switch (noticed.effect()) {
                    case Effect.PreferenceStated stated -> stated.person();
                    case Effect.SignedUp signedUp -> signedUp.person();
                    case Effect.CallReported call -> call.peer();
                    case Effect.NameSaved saved -> saved.person();
                    case Effect.IdentityChanged _, Effect.TemplateChanged _, Effect.OtherStatus _ -> null;
                    case null -> null;
                };
        };
        IdentityChange change = change(fact);
        return Stream.of(person, change == null ? null : change.before(), change == null ? null : change.after())
                .filter(Objects::nonNull)
                .toList();
    }

    private static @Nullable IdentityChange change(Fact fact) {
        return switch (fact) {
            case MessageTold told -> told.change();
            case Noticed noticed when noticed.effect() instanceof Effect.IdentityChanged changed -> changed.change();
            case FlowCompleted _, StatusReported _, Noticed _ -> null;
        };
    }

    private static Mention mention(ApplyItem<?> item, long business, Person person) {
        Mention mention = Mention.of(business, person);
        return item.fact() instanceof Noticed noticed && noticed.effect() instanceof Effect.NameSaved saved
                ? mention.savedAs(saved.name(), item.item().occurredAt())
                : mention;
    }

    private static int byPair(List<Identity> one, List<Identity> other) {
        int byFrom = one.getFirst().compareTo(other.getFirst());
        return byFrom != 0 ? byFrom : one.getLast().compareTo(other.getLast());
    }
}
