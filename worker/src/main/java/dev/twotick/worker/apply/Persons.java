package dev.twotick.worker.apply;

import dev.twotick.worker.interpret.Fact;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.IdentityChange;
import dev.twotick.worker.interpret.Person;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Everybody whom a fact names.
final class Persons {

    static List<Person> of(Fact fact) {
        return switch (fact) {
            case Fact.MessageTold told ->
                Stream.concat(some(told.peer()).stream(), ofChange(told.change()).stream())
                        .toList();
            case Fact.FlowCompleted flow -> some(flow.person());
            case Fact.Noticed noticed -> ofEffect(noticed.effect());
            case Fact.StatusReported _ -> List.of();
        };
    }

    private static List<Person> ofEffect(@Nullable Effect effect) {
        return switch (effect) {
            case Effect.PreferenceStated stated -> List.of(stated.person());
            case Effect.SignedUp signedUp -> List.of(signedUp.person());
            case Effect.NameSaved saved -> List.of(saved.person());
            case Effect.CallReported call -> some(call.peer());
            case Effect.IdentityChanged changed -> ofChange(changed.change());
            case Effect.TemplateChanged _ -> List.of();
            case null -> List.of();
        };
    }

    private static List<Person> ofChange(@Nullable IdentityChange change) {
        return change == null ? List.of() : List.of(change.before(), change.after());
    }

    private static List<Person> some(@Nullable Person person) {
        return person == null ? List.of() : List.of(person);
    }

    private Persons() {}
}
