package dev.twotick.worker.people;

import static dev.twotick.db.schema.Tables.CONTACT;

import dev.twotick.db.Unnest;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// Everything that has to do with some ids: all ids that can be reached from them over mentions, steps, contacts
/// and the spellings of numbers, and what is known of those.
///
/// @param holders by id, the contact that has it now; absent for a new one
/// @param since   when those contacts were made
record LinkedIdentities(
        NavigableSet<Identity> identities,
        Collection<Mention> mentions,
        Collection<IdentityStep> steps,
        Map<Identity, UUID> holders,
        Map<UUID, Instant> since) {

    // breadth first; each branch is an index of its own, and a branch whose kind does not fit is not run
    private static final String REACH = """
            with recursive reach (business_id, kind, value) as (
                select t.business_id, t.kind::text, t.value::text collate "C"
                from unnest({0}, {1}, {2}) as t (business_id, kind, value)
                union
                select r.business_id, n.kind, n.value collate "C"
                from reach r cross join lateral (
                    select i.kind, i.value
                    from (
                        select m.wa_id, m.user_id, m.parent_user_id from contact_mention m
                        where r.kind = 'wa_id' and m.business_id = r.business_id and m.wa_id = r.value
                        union all
                        select m.wa_id, m.user_id, m.parent_user_id from contact_mention m
                        where r.kind = 'user_id' and m.business_id = r.business_id and m.user_id = r.value
                            and m.user_id <> ''
                        union all
                        select m.wa_id, m.user_id, m.parent_user_id from contact_mention m
                        where r.kind = 'parent_user_id' and m.business_id = r.business_id
                            and m.parent_user_id = r.value and m.parent_user_id <> '') m
                    cross join lateral (values ('wa_id', m.wa_id), ('user_id', m.user_id),
                        ('parent_user_id', m.parent_user_id)) as i (kind, value)
                    where i.value <> ''
                    union all
                    select c.to_kind, c.to_value from contact_change c
                    where c.business_id = r.business_id and c.from_kind = r.kind and c.from_value = r.value
                    union all
                    select c.from_kind, c.from_value from contact_change c
                    where c.business_id = r.business_id and c.to_kind = r.kind and c.to_value = r.value
                    union all
                    select o.kind, o.value
                    from contact_identity i join contact_identity o on o.contact_id = i.contact_id
                    where i.business_id = r.business_id and i.kind = r.kind and i.value = r.value) n)
            select business_id, kind, value from reach limit {3}
            """;

    static LinkedIdentities of(DSLContext tx, Collection<Identity> start) {
        NavigableSet<Identity> wanted = Identity.inBothSpellings(start);
        NavigableSet<Identity> reached = reach(tx, wanted);
        while (!reached.equals(wanted)) { // once, unless somebody has numbers of two spellings
            wanted = Identity.inBothSpellings(reached);
            reached = wanted.equals(reached) ? wanted : reach(tx, wanted);
        }
        Map<Identity, UUID> holders = new HashMap<>();
        ContactIdentities.known(tx, reached).forEach((identity, known) -> holders.put(identity, known.contact()));
        Collection<Mention> mentions = ContactMentions.naming(tx, reached);
        Collection<IdentityStep> steps = ContactChanges.from(tx, reached);
        return new LinkedIdentities(
                named(holders.keySet(), mentions, steps), mentions, steps, holders, since(tx, holders.values()));
    }

    /// Without the spellings that nobody has used.
    private static NavigableSet<Identity> named(
            Collection<Identity> held, Collection<Mention> mentions, Collection<IdentityStep> steps) {
        NavigableSet<Identity> named = new TreeSet<>(held);
        mentions.forEach(mention -> named.addAll(mention.key().identities()));
        for (IdentityStep step : steps) {
            named.add(step.from());
            named.add(step.to());
        }
        return named;
    }

    private static NavigableSet<Identity> reach(DSLContext tx, Collection<Identity> start) {
        Unnest<Identity> from = Unnest.of(start);
        int most = PersonLimit.reach(start.size());
        NavigableSet<Identity> reached = new TreeSet<>(tx.resultQuery(
                        REACH,
                        from.longs(Identity::businessId),
                        from.texts(Identity::kind),
                        from.texts(Identity::value),
                        DSL.inline(most + 1))
                .fetch(row -> new Identity(
                        Objects.requireNonNull(row.get(0, Long.class)),
                        Objects.requireNonNull(row.get(1, String.class)),
                        Objects.requireNonNull(row.get(2, String.class)))));
        if (reached.size() > most) {
            throw PersonLimit.exceeded("more than " + most + " ids have to do with one another");
        }
        return reached;
    }

    private static Map<UUID, Instant> since(DSLContext tx, Collection<UUID> contacts) {
        return tx.select(CONTACT.ID, CONTACT.CREATED_AT)
                .from(CONTACT)
                .where(CONTACT.ID.eq(DSL.any(contacts.stream().distinct().toArray(UUID[]::new))))
                .fetchMap(CONTACT.ID, CONTACT.CREATED_AT);
    }
}
