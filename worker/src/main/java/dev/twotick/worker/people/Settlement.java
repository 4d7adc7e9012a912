package dev.twotick.worker.people;

import dev.twotick.worker.batch.Accounts;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.outbox.HookEvent;
import dev.twotick.worker.people.BatchPeople.Said;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jooq.DSLContext;

/// Settles who is who: a transaction of its own, before the one that applies the batch, and alone among all
/// workers.
///
/// Writes down what was said, gathers everything that has to do with it, works out the contacts, and has
/// everything that belongs to an id follow it. Once more is harmless: should the worker die before it applies
/// the batch, the next one finds this settled.
final class Settlement {
    private final DSLContext tx;
    private final LinkedIdentities linked;
    private final Belongings belongings;
    private final ContactAssignment assignment;
    private final NavigableMap<Identity, UUID> contacts;

    /// @param tx has the people lock alone: [PeopleLock#exclusive]
    /// @return the notices that the contacts owe
    static List<HookEvent> settle(DSLContext tx, BatchPeople owed, Belongings belongings) {
        ContactMentions.state(tx, owed.mentions().stream().map(Said::what).toList());
        ContactChanges.state(tx, owed.steps().stream().map(Said::what).toList());
        Settlement settlement = new Settlement(tx, LinkedIdentities.of(tx, owed.identities()), belongings);
        return settlement.events(owed, settlement.give());
    }

    /// Settles in one business what was said in another, and is no news to anybody.
    static void takeAlong(DSLContext tx, Collection<UUID> contacts, long business, Belongings belongings) {
        NavigableSet<Identity> ids = ContactIdentities.of(tx, contacts);
        List<Mention> mentions = new ArrayList<>();
        ids.forEach(id -> mentions.add(Mention.of(id.in(business))));
        ContactMentions.naming(tx, ids).stream()
                .filter(mention -> ids.contains(mention.key().anchor()))
                .forEach(mention -> mentions.add(mention.in(business)));
        Collection<Mention> said = folded(mentions);
        ContactMentions.state(tx, said);
        ContactChanges.state(
                tx,
                ContactChanges.from(tx, ids).stream()
                        .map(step -> step.in(business))
                        .toList());
        NavigableSet<Identity> identities = new TreeSet<>();
        said.forEach(mention -> identities.addAll(mention.key().identities()));
        new Settlement(tx, LinkedIdentities.of(tx, identities), belongings).give();
    }

    private static Collection<Mention> folded(List<Mention> mentions) {
        NavigableMap<Mention.Key, Mention> folded = new TreeMap<>();
        mentions.forEach(mention -> folded.merge(mention.key(), mention, Mention::and));
        return folded.values();
    }

    private Settlement(DSLContext tx, LinkedIdentities linked, Belongings belongings) {
        this.tx = tx;
        this.belongings = belongings;
        this.linked = linked;
        this.assignment = ContactAssignment.of(
                PersonLimit.checked(PersonGroups.of(linked.identities(), linked.mentions(), linked.steps())),
                linked.holders(),
                linked.since(),
                contact -> Contacts.wasGiven(tx, contact));
        this.contacts = assignment.contacts();
    }

    /// @return the contacts that were there and are not the same any more
    private Set<UUID> give() {
        Map<UUID, ContactNames> names = names();
        List<ContactState> created = new ArrayList<>();
        for (UUID id : new TreeSet<>(assignment.created())) {
            NavigableSet<Identity> group = there(assignment.groups(), id);
            created.add(ContactState.atFirst(id, group.first().businessId(), there(names, id), group));
        }
        Contacts.insert(tx, created);
        ContactIdentities.give(tx, contacts, changedAt());
        List<Belongings.Move> moves = moves();
        Set<UUID> changed = changed();
        if (!moves.isEmpty()) {
            follow(moves, changed);
        }
        return Contacts.update(tx, names, changed, assignment.created());
    }

    private void follow(List<Belongings.Move> moves, Set<UUID> changed) {
        NavigableMap<UUID, UUID> merged = assignment.merged();
        Set<UUID> touched = new TreeSet<>(changed);
        touched.addAll(merged.keySet());
        ContactLabels.merge(tx, merged);
        belongings.follow(tx, moves, merged, touched);
        ContactsMerged.merge(tx, merged);
        Contacts.delete(tx, merged.keySet());
    }

    private Map<UUID, ContactNames> names() {
        Map<UUID, List<Mention>> mentions = new TreeMap<>();
        assignment.groups().keySet().forEach(contact -> mentions.put(contact, new ArrayList<>()));
        for (Mention mention : linked.mentions()) {
            there(mentions, there(contacts, mention.key().anchor())).add(mention);
        }
        Map<UUID, ContactNames> names = new TreeMap<>();
        mentions.forEach((contact, of) -> names.put(contact, ContactNames.of(of)));
        return names;
    }

    private Map<Identity, Instant> changedAt() {
        Map<Identity, Instant> changedAt = new HashMap<>();
        for (IdentityStep step : linked.steps()) {
            Instant at = step.statedAt() == null ? Instant.EPOCH : step.statedAt();
            for (Identity named : Identity.inBothSpellings(List.of(step.from(), step.to()))) {
                changedAt.merge(named, at, (a, b) -> a.isAfter(b) ? a : b);
            }
        }
        changedAt.keySet().removeIf(identity -> !identity.isNumber());
        return changedAt;
    }

    private List<Belongings.Move> moves() {
        List<Belongings.Move> moves = new ArrayList<>();
        contacts.forEach((identity, to) -> {
            UUID from = linked.holders().get(identity);
            if (from != null && !from.equals(to)) {
                moves.add(new Belongings.Move(identity, from, to));
            }
        });
        return moves;
    }

    /// Contacts that remain or are new, and of which the ids are others now.
    private Set<UUID> changed() {
        Set<UUID> changed = new TreeSet<>();
        contacts.forEach((identity, to) -> {
            UUID from = linked.holders().get(identity);
            if (!to.equals(from)) {
                changed.add(to);
            }
            if (from != null && !to.equals(from)) {
                changed.add(from);
            }
        });
        changed.removeAll(assignment.merged().keySet());
        return changed;
    }

    private List<HookEvent> events(BatchPeople owed, Set<UUID> updated) {
        ContactCauses causes = ContactCauses.of(owed, linked);
        Map<String, Long> accounts = Accounts.ids(tx, causes.accountIds());
        Set<UUID> told = new TreeSet<>(updated);
        told.addAll(assignment.created());
        List<HookEvent> events = new ArrayList<>();
        assignment.merged().forEach((from, into) -> {
            ApplyItem<?> because = causes.of(there(assignment.groups(), into));
            events.add(ContactEvents.merged(from, into, because, accounts.get(because.accountId())));
        });
        for (ContactState contact : ContactState.of(tx, told)) {
            ApplyItem<?> because = causes.of(contact.identities());
            Long account = accounts.get(because.accountId());
            events.add(
                    assignment.created().contains(contact.id())
                            ? ContactEvents.created(contact, because, account)
                            : ContactEvents.updated(contact, because, account));
        }
        return events;
    }

    private static <K, V> V there(Map<K, V> map, K key) {
        return Objects.requireNonNull(map.get(key), "all that the ids lead to is linked");
    }
}
