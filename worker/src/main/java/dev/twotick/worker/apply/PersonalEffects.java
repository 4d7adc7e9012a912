package dev.twotick.worker.apply;

import dev.twotick.worker.apply.Accounts.Account;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.Noticed;
import dev.twotick.worker.interpret.Person;
import dev.twotick.worker.outbox.HookEvent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jooq.DSLContext;

/// What the notices of a batch change about people: what they prefer, what they signed up for. A saved name and a
/// changed id have done so already, when everybody in the batch was looked for.
final class PersonalEffects {

    /// Effects are commutative, so it does not matter whether a notice was new.
    ///
    /// @return the notices that the contacts owe
    static List<HookEvent> write(
            DSLContext tx,
            Collection<ApplyItem<Noticed>> noticed,
            Function<ApplyItem<?>, Account> accountOf,
            Contacts.Found people) {
        List<ContactPreferences.Statement> preferences = new ArrayList<>();
        List<SignupSubscriptions.Statement> subscriptions = new ArrayList<>();
        Map<UUID, ApplyItem<Noticed>> because = new HashMap<>();
        for (ApplyItem<Noticed> item : noticed) {
            Account account = accountOf.apply(item);
            if (item.fact().effect() instanceof Effect.PreferenceStated stated) {
                Identity identity = anchor(account, stated.person());
                preferences.add(new ContactPreferences.Statement(
                        account.id(), identity, people.of(identity), stated, item));
            } else if (item.fact().effect() instanceof Effect.SignedUp signedUp) {
                Identity identity = anchor(account, signedUp.person());
                UUID contact = people.of(identity);
                because.putIfAbsent(contact, item);
                subscriptions.add(new SignupSubscriptions.Statement(
                        signedUp.signupId(),
                        identity,
                        contact,
                        item.item().occurredAt(),
                        item.payload().id()));
            }
        }
        ContactPreferences.state(tx, preferences);
        Set<UUID> changed = SignupSubscriptions.subscribe(tx, subscriptions);
        return ContactState.of(tx, changed).stream()
                .map(contact -> {
                    ApplyItem<Noticed> item = Objects.requireNonNull(because.get(contact.id()));
                    return ContactEvents.updated(
                            contact, item, accountOf.apply(item).id());
                })
                .toList();
    }

    private static Identity anchor(Account account, Person person) {
        return Mention.Key.of(account.businessId(), person).anchor();
    }

    private PersonalEffects() {}
}
