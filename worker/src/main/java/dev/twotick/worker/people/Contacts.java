package dev.twotick.worker.people;

import static dev.twotick.db.schema.Tables.CONTACT;
import static dev.twotick.db.schema.Tables.CONTACT_MERGED;

import dev.twotick.db.Unnest;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.Overtaken;
import dev.twotick.worker.interpret.Person;
import dev.twotick.worker.people.BatchPeople.Said;
import dev.twotick.worker.people.ContactIdentities.Known;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// Table `contact`: finds the contacts of everybody whom a batch names, and makes those of strangers.
///
/// Here is the fast way: ids that nobody had make a contact, ids of one contact lead to it, and what was said
/// is written down. Whatever changes who is who, or what somebody is called, is [NeedsSettlement]: it is settled
/// before, under a lock that keeps everybody else away, so that nothing here has to be read and written
/// again.
final class Contacts {

    /// @param contacts of all ids that the batch names
    /// @param created  the contacts that this transaction made
    record Found(Map<Identity, UUID> contacts, List<Created> created) {

        UUID of(long businessId, Person person) {
            return of(Identity.of(businessId, person));
        }

        UUID of(Identity identity) {
            return Objects.requireNonNull(contacts.get(identity), "everybody in the batch was looked for");
        }
    }

    /// @param because the item that named them first
    record Created(ContactState contact, ApplyItem<?> because) {}

    /// @throws NeedsSettlement when something is to be settled first
    /// @throws Overtaken when another transaction made one of the contacts meanwhile: the batch starts over
    static Found findOrCreate(DSLContext tx, BatchPeople people) {
        if (people.isEmpty()) {
            return new Found(Map.of(), List.of());
        }
        Map<Identity, Known> known = ContactIdentities.known(tx, Identity.inBothSpellings(people.identities()));
        BatchPeople owed = SettlementCheck.unsettled(tx, people, known);
        if (!owed.isEmpty()) {
            throw new NeedsSettlement(owed);
        }
        Map<Identity, UUID> contacts = new HashMap<>();
        known.forEach((identity, of) -> contacts.put(identity, of.contact()));
        List<Said<Mention>> strangers = people.mentions().stream()
                .filter(said -> !known.containsKey(said.what().key().anchor()))
                .toList();
        List<Created> created = create(tx, strangers, contacts);
        ContactMentions.state(tx, people.mentions().stream().map(Said::what).toList());
        return new Found(contacts, created);
    }

    /// Nobody knows any of their ids, so who is who among them follows from what this batch says.
    private static List<Created> create(DSLContext tx, List<Said<Mention>> strangers, Map<Identity, UUID> contacts) {
        if (strangers.isEmpty()) {
            return List.of();
        }
        List<Mention> mentions = strangers.stream().map(Said::what).toList();
        Map<UUID, NavigableSet<Identity>> groups = new TreeMap<>();
        Map<Identity, UUID> made = new HashMap<>();
        for (NavigableSet<Identity> group : PersonLimit.checked(PersonGroups.of(Set.of(), mentions, Set.of()))) {
            UUID id = group.stream().min(Identity.NUMBER_FIRST).orElseThrow().contactId();
            groups.put(id, group);
            group.forEach(identity -> made.put(identity, id));
        }
        ContactIdentities.claimSpellings(tx, made.keySet());
        ContactIdentities.insert(tx, new TreeMap<>(made));
        contacts.putAll(made);
        Map<UUID, List<Said<Mention>>> named = new HashMap<>();
        strangers.forEach(said -> named.computeIfAbsent(
                        Objects.requireNonNull(made.get(said.what().key().anchor())), id -> new ArrayList<>())
                .add(said));
        List<Created> created = new ArrayList<>();
        groups.forEach((id, group) -> {
            List<Said<Mention>> of = named.getOrDefault(id, List.of());
            ContactNames names = ContactNames.of(of.stream().map(Said::what).toList());
            long business = group.first().businessId();
            created.add(new Created(
                    ContactState.atFirst(id, business, names, group),
                    of.isEmpty() ? because(strangers, group) : of.getFirst().because()));
        });
        if (insert(tx, created.stream().map(Created::contact).toList()) < created.size()) {
            // an id that was given before, to somebody who has lost the number since: another is chosen there
            BatchPeople owed = new BatchPeople();
            strangers.forEach(owed::add);
            throw new NeedsSettlement(owed);
        }
        return created;
    }

    /// A number that none of the group's mentions is about: it came with somebody who does not hold it any
    /// more.
    private static ApplyItem<?> because(List<Said<Mention>> strangers, NavigableSet<Identity> group) {
        return strangers.stream()
                .filter(said -> said.what().key().identities().stream().anyMatch(group::contains))
                .findFirst()
                .orElseThrow()
                .because();
    }

    /// @return how many of the ids were free: no contact has them, or had them
    static int insert(DSLContext tx, Collection<ContactState> contacts) {
        if (contacts.isEmpty()) {
            return 0;
        }
        Unnest<ContactState> n = Unnest.of(contacts)
                .with(CONTACT.ID, ContactState::id)
                .with(CONTACT.BUSINESS_ID, ContactState::businessId)
                .with(CONTACT.NAME, c -> c.names().name())
                .with(CONTACT.USERNAME, c -> c.names().username())
                .with(CONTACT.SAVED_NAME, c -> c.names().savedName());
        return tx.insertInto(CONTACT, n.columns())
                .select(DSL.select()
                        .from(n.table())
                        .whereNotExists(
                                DSL.selectFrom(CONTACT_MERGED).where(CONTACT_MERGED.FROM_ID.eq(n.get(CONTACT.ID))))
                        .orderBy(n.get(CONTACT.ID)))
                .onConflictDoNothing()
                .execute();
    }

    /// Whether a contact has this id, or had it.
    static boolean wasGiven(DSLContext tx, UUID id) {
        return tx.fetchExists(DSL.selectFrom(CONTACT).where(CONTACT.ID.eq(id)))
                || tx.fetchExists(DSL.selectFrom(CONTACT_MERGED).where(CONTACT_MERGED.FROM_ID.eq(id)));
    }

    /// After ids have changed hands: what the contacts are called now, and whether they are subscribed. Only
    /// under the exclusive lock.
    ///
    /// @param changed contacts whose ids are others now
    /// @param created contacts that nobody has been told of
    /// @return those of which `contact.updated` tells
    static Set<UUID> update(DSLContext tx, Map<UUID, ContactNames> names, Set<UUID> changed, Set<UUID> created) {
        Unnest<UUID> ids = Unnest.of(names.keySet());
        return new TreeSet<>(tx.resultQuery(
                        """
                        with n as (
                            select t.*, s.subscribed, s.subscribed_at
                            from unnest({0}, {1}, {2}, {3}, {4}, {5})
                                as t (id, name, username, saved_name, is_changed, is_created)
                            cross join lateral (
                                select count(*) > 0 as subscribed, min(u.subscribed_at) as subscribed_at
                                from signup_subscription u where u.contact_id = t.id) s)
                        update contact c
                        set name = n.name, username = n.username, saved_name = n.saved_name,
                            subscribed_via_signup = n.subscribed, subscribed_at = n.subscribed_at,
                            version = c.version + case when n.is_created then 0 else 1 end
                        from n
                        where c.id = n.id and (n.is_changed and not n.is_created
                            or (c.name, c.username, c.saved_name, c.subscribed_via_signup, c.subscribed_at)
                                is distinct from
                                (n.name, n.username, n.saved_name, n.subscribed, n.subscribed_at))
                        returning c.id
                        """,
                        ids.uuids(id -> id),
                        ids.texts(id -> of(names, id).name()),
                        ids.texts(id -> of(names, id).username()),
                        ids.texts(id -> of(names, id).savedName()),
                        ids.flags(changed::contains),
                        ids.flags(created::contains))
                .fetch(row -> row.get(0, UUID.class)));
    }

    static void delete(DSLContext tx, Collection<UUID> contacts) {
        if (!contacts.isEmpty()) {
            tx.deleteFrom(CONTACT)
                    .where(CONTACT.ID.eq(DSL.any(contacts.toArray(UUID[]::new))))
                    .execute();
        }
    }

    private static ContactNames of(Map<UUID, ContactNames> names, UUID contact) {
        return Objects.requireNonNull(names.get(contact));
    }

    private Contacts() {}
}
