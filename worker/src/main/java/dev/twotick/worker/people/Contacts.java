package dev.twotick.worker.people;

import static dev.twotick.db.schema.Tables.CONTACT;
import static dev.twotick.db.schema.Tables.CONTACT_MERGED;

import dev.twotick.db.RowStatement;
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
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// Table `contact`: finds the contacts of everybody whom a batch names, and makes those of strangers.
///
/// Here is the fast way: ids that nobody had make a contact, ids of one contact lead to it. Whatever changes who is who
/// is [NeedsSettlement]: it is settled before, under a lock that keeps everybody else away, so that nothing here has to
/// be read and written again.
final class Contacts {
    private static final String INSERT = """
            insert into contact (id, business_id, name, name_at, username, username_at, saved_name, saved_name_at)
            select * from unnest(
                ?::uuid[], ?::bigint[],
                ?::text[], ?::timestamptz[], ?::text[], ?::timestamptz[], ?::text[], ?::timestamptz[])
                as n (id, business_id, name, name_at, username, username_at, saved_name, saved_name_at)
            where not exists (select from contact_merged m where m.from_id = n.id)
            order by id
            on conflict do nothing
            """;

    // Rows are locked after those of `contact_mention`, in the order of their ids, and only those that are behind;
    // what `locked` returns is the version after the wait. `any` of an array is a lookup for each, however few rows
    // the table had when it was planned.
    private static final String NAME = """
            with stated as ({STATE} returning 1),
            locked as (
                select c.id, c.version, n.name, n.name_at, n.username, n.username_at, n.saved_name, n.saved_name_at
                from (
                    select * from unnest(
                        ?::uuid[],
                        ?::text[], ?::timestamptz[], ?::text[], ?::timestamptz[], ?::text[], ?::timestamptz[])
                        as n (id, name, name_at, username, username_at, saved_name, saved_name_at)
                    order by id) n
                cross join lateral (
                    select c.id, c.version from contact c where c.id = n.id and ({ANY_LATER}) for no key update) c
                where (select count(*) from stated) >= 0)
            update contact c
            set {LATER},
                version = c.version + case when {ANY_OTHER} then 1 else 0 end
            from locked n
            where c.id = n.id and c.id = any (array(select id from locked))
            returning c.id, c.version > n.version
            """.replace("{STATE}", ContactMentions.STATE)
            .replace("{LATER}", LaterNames.set("c", "n"))
            .replace("{ANY_LATER}", LaterNames.any("c", "n"))
            .replace("{ANY_OTHER}", LaterNames.anyOther("c", "n"));

    private static final String UPDATE = """
            with n as (
                select t.*, c.version, s.subscribed, s.subscribed_at,
                    (c.name, c.username, c.saved_name, c.subscribed_via_signup, c.subscribed_at)
                        is distinct from (t.name, t.username, t.saved_name, s.subscribed, s.subscribed_at) as is_other
                from unnest(
                    ?::uuid[], ?::bool[], ?::bool[],
                    ?::text[], ?::timestamptz[], ?::text[], ?::timestamptz[], ?::text[], ?::timestamptz[])
                    as t (id, is_changed, is_created, name, name_at, username, username_at, saved_name, saved_name_at)
                join contact c on c.id = t.id
                cross join lateral (
                    select count(*) > 0 as subscribed, min(u.subscribed_at) as subscribed_at
                    from signup_subscription u where u.contact_id = t.id) s)
            update contact c
            set name = n.name, name_at = n.name_at, username = n.username, username_at = n.username_at,
                saved_name = n.saved_name, saved_name_at = n.saved_name_at,
                subscribed_via_signup = n.subscribed, subscribed_at = n.subscribed_at,
                version = c.version + case when (n.is_changed or n.is_other) and not n.is_created then 1 else 0 end
            from n
            where c.id = n.id and (n.is_changed and not n.is_created or n.is_other
                or (c.name_at, c.username_at, c.saved_name_at)
                    is distinct from (n.name_at, n.username_at, n.saved_name_at))
            returning c.id, n.is_changed and not n.is_created or n.is_other
            """;

    /// @param contacts of all ids that the batch names
    /// @param created  the contacts that this transaction made
    /// @param said     how the batch names them
    record Found(Map<Identity, UUID> contacts, List<Created> created, Collection<Said<Mention>> said) {

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
    static Found findOrCreate(DSLContext tx, BatchPeople people, KnownPeople looked) {
        if (people.isEmpty()) {
            return new Found(Map.of(), List.of(), List.of());
        }
        Map<Identity, Known> known = looked.of(tx, Identity.inBothSpellings(people.identities()));
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
        return new Found(contacts, created, people.mentions());
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
        return LaterNames.in(
                        RowStatement.of(INSERT, contacts)
                                .uuids(ContactState::id)
                                .longs(ContactState::businessId),
                        ContactState::names)
                .execute(tx);
    }

    /// Writes down how people were named, and what they are called by, as far as it is the latest. The time counts
    /// too: whatever is said of them at the same time elsewhere, of all names the latest stands in the end.
    ///
    /// @param before goes before that, in the same trip
    /// @return whose name reads otherwise now
    static Set<UUID> name(
            DSLContext tx,
            Optional<RowStatement<?>> before,
            Collection<Mention> mentions,
            Map<UUID, ContactNames> names) {
        if (names.isEmpty() && mentions.isEmpty()) {
            before.ifPresent(statement -> statement.execute(tx));
            return Set.of();
        }
        if (names.isEmpty()) {
            RowStatement<Mention> state = ContactMentions.stating(mentions);
            before.ifPresent(state::after);
            state.execute(tx);
            return Set.of();
        }
        RowStatement<UUID> name = LaterNames.in(
                RowStatement.of(NAME, names.keySet())
                        .with(ContactMentions.stating(mentions))
                        .uuids(id -> id),
                id -> of(names, id));
        before.ifPresent(name::after);
        return new TreeSet<>(name.fetch(tx, row -> Map.entry(row.getObject(1, UUID.class), row.getBoolean(2))).stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .toList());
    }

    /// In the order of their ids.
    static void lock(DSLContext tx, Collection<UUID> contacts) {
        tx.select(CONTACT.ID)
                .from(CONTACT)
                .where(CONTACT.ID.eq(DSL.any(contacts.toArray(UUID[]::new))))
                .orderBy(CONTACT.ID)
                .forNoKeyUpdate()
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
        return new TreeSet<>(LaterNames.in(
                        RowStatement.of(UPDATE, names.keySet())
                                .uuids(id -> id)
                                .flags(changed::contains)
                                .flags(created::contains),
                        id -> of(names, id))
                .fetch(tx, row -> Map.entry(row.getObject(1, UUID.class), row.getBoolean(2)))
                .stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .toList());
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
