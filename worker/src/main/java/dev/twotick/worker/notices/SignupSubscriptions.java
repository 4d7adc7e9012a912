package dev.twotick.worker.notices;

import static org.jooq.impl.DSL.val;

import dev.twotick.db.Unnest;
import dev.twotick.worker.batch.DatedText;
import dev.twotick.worker.people.Identity;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Tables `signup`, `signup_statement`, who signed up under which id, and `signup_subscription`, what follows
/// for the contact that has the id; with them the sign-up's count of distinct contacts, its label on each,
/// and the contact's own columns. Of two times the least stands.
public final class SignupSubscriptions {

    /// @param identity the strongest id of who signed up
    /// @param contact  whose id that is
    record Statement(
            String signupId,
            Identity identity,
            UUID contact,
            @Nullable Instant at,
            UUID payloadId) {
        private static final Comparator<Statement> BY_SIGNUP = Comparator.comparingLong(Statement::businessId)
                .thenComparing(Statement::signupId, DatedText.UTF8_ORDER);

        private long businessId() {
            return identity.businessId();
        }

        private Statement earlier(Statement other) {
            return at == null || (other.at != null && other.at.isBefore(at)) ? other : this;
        }
    }

    /// Subscribes the contacts.
    ///
    /// @return the contacts that were not subscribed, or not as early
    static Set<UUID> subscribe(DSLContext tx, Collection<Statement> statements) {
        if (statements.isEmpty()) {
            return Set.of();
        }
        Collection<Statement> byIdentity = folded(statements, Statement.BY_SIGNUP.thenComparing(Statement::identity));
        discover(tx, byIdentity);
        state(tx, byIdentity);
        // a UUID's text is in the order of its bytes, which is PostgreSQL's
        Collection<Statement> byContact = folded(
                statements, Statement.BY_SIGNUP.thenComparing(s -> s.contact().toString()));
        insert(tx, byContact);
        return markContacts(tx, byContact);
    }

    private static Collection<Statement> folded(Collection<Statement> statements, Comparator<Statement> order) {
        NavigableMap<Statement, Statement> folded = new TreeMap<>(order);
        statements.forEach(s -> folded.merge(s, s, Statement::earlier));
        return folded.values();
    }

    /// A sign-up that no operator has told of is added.
    private static void discover(DSLContext tx, Collection<Statement> statements) {
        Unnest<Statement> columns = Unnest.of(statements);
        tx.execute("""
                insert into signup (business_id, signup_id, discovered)
                select distinct t.business_id, t.signup_id, true
                from unnest({0}, {1}) as t (business_id, signup_id)
                order by t.business_id, t.signup_id
                on conflict (business_id, signup_id) do nothing
                """, columns.longs(Statement::businessId), columns.texts(Statement::signupId));
    }

    private static void state(DSLContext tx, Collection<Statement> statements) {
        Unnest<Statement> columns = Unnest.of(statements);
        tx.execute(
                """
                insert into signup_statement as s (business_id, signup_id, kind, value, subscribed_at, payload_id)
                select * from unnest({0}, {1}, {2}, {3}, {4}, {5})
                on conflict (business_id, signup_id, kind, value) do update
                set subscribed_at = excluded.subscribed_at
                where coalesce(s.subscribed_at, 'infinity') > excluded.subscribed_at
                """,
                columns.longs(Statement::businessId),
                columns.texts(Statement::signupId),
                columns.texts(s -> s.identity().kind()),
                columns.texts(s -> s.identity().value()),
                columns.times(Statement::at),
                columns.uuids(Statement::payloadId));
    }

    /// Only what this inserts is counted, and brings the label.
    private static void insert(DSLContext tx, Collection<Statement> statements) {
        Unnest<Statement> columns = Unnest.of(statements);
        Field<?>[] rows = {
            columns.longs(Statement::businessId),
            columns.texts(Statement::signupId),
            columns.uuids(Statement::contact),
            columns.times(Statement::at)
        };
        List<Subscription> inserted = tx.resultQuery("""
                        insert into signup_subscription (business_id, signup_id, contact_id, subscribed_at)
                        select * from unnest({0}, {1}, {2}, {3})
                        on conflict (business_id, signup_id, contact_id) do nothing
                        returning business_id, signup_id, contact_id
                        """, rows).fetch(Subscription::of);
        tx.execute("""
                update signup_subscription s set subscribed_at = n.subscribed_at
                from unnest({0}, {1}, {2}, {3}) as n (business_id, signup_id, contact_id, subscribed_at)
                where s.business_id = n.business_id and s.signup_id = n.signup_id and s.contact_id = n.contact_id
                    and coalesce(s.subscribed_at, 'infinity') > n.subscribed_at
                """, rows);
        count(tx, inserted, 1);
        label(tx, inserted);
    }

    private record Subscription(long businessId, String signupId, UUID contact) {
        static Subscription of(Record row) {
            return new Subscription(row.get(0, long.class), row.get(1, String.class), row.get(2, UUID.class));
        }

        Subscription of(UUID other) {
            return new Subscription(businessId, signupId, other);
        }

        static Field<?>[] columns(List<Subscription> rows) {
            Unnest<Subscription> columns = Unnest.of(rows);
            return new Field<?>[] {
                columns.longs(Subscription::businessId),
                columns.texts(Subscription::signupId),
                columns.uuids(Subscription::contact)
            };
        }
    }

    private static void count(DSLContext tx, List<Subscription> rows, int each) {
        if (!rows.isEmpty()) {
            tx.execute("""
                    with delta as (
                        select t.business_id, t.signup_id, count(*) * {2} as by
                        from unnest({0}, {1}) as t (business_id, signup_id) group by t.business_id, t.signup_id),
                    locked as (
                        select s.business_id, s.signup_id
                        from signup s join delta d on d.business_id = s.business_id and d.signup_id = s.signup_id
                        order by s.business_id, s.signup_id for no key update of s)
                    update signup s set subscriber_count = s.subscriber_count + d.by
                    from delta d, locked l
                    where s.business_id = d.business_id and s.signup_id = d.signup_id
                        and s.business_id = l.business_id and s.signup_id = l.signup_id
                    """, Subscription.columns(rows)[0], Subscription.columns(rows)[1], val(each));
        }
    }

    private static void label(DSLContext tx, List<Subscription> rows) {
        if (!rows.isEmpty()) {
            tx.execute("""
                    insert into contact_label (contact_id, label_id)
                    select distinct t.contact_id, s.auto_add_label_id
                    from unnest({0}, {1}, {2}) as t (business_id, signup_id, contact_id)
                    join signup s on s.business_id = t.business_id and s.signup_id = t.signup_id
                    where s.auto_add_label_id is not null
                    order by t.contact_id, s.auto_add_label_id
                    on conflict (contact_id, label_id) do nothing
                    """, Subscription.columns(rows));
        }
    }

    /// Rows are locked in the order of their ids.
    private static Set<UUID> markContacts(DSLContext tx, Collection<Statement> statements) {
        Unnest<Statement> columns = Unnest.of(statements);
        return new TreeSet<>(tx.resultQuery("""
                        with n as (
                            select t.id, min(t.at) as at from unnest({0}, {1}) as t (id, at) group by t.id),
                        locked as (
                            select c.id from contact c join n on n.id = c.id
                            where c.id = any ({0})
                                and (not c.subscribed_via_signup or coalesce(c.subscribed_at, 'infinity') > n.at)
                            order by c.id for no key update of c)
                        update contact c
                        set subscribed_via_signup = true, subscribed_at = least(c.subscribed_at, n.at),
                            version = c.version + 1
                        from n
                        where c.id = n.id and c.id = any (array(select id from locked))
                            and (not c.subscribed_via_signup or coalesce(c.subscribed_at, 'infinity') > n.at)
                        returning c.id
                        """, columns.uuids(Statement::contact), columns.times(Statement::at))
                .fetch(row -> row.get(0, UUID.class)));
    }

    /// Works out anew what these contacts are subscribed to, after their ids have changed.
    ///
    /// @param merged those that are no more, and which each proved to be: that one has their labels already
    public static void derive(DSLContext tx, Collection<UUID> contacts, Map<UUID, UUID> merged) {
        UUID[] ids = contacts.toArray(UUID[]::new);
        List<Subscription> left = tx.resultQuery("""
                        delete from signup_subscription u
                        where u.contact_id = any ({0}) and not exists (
                            select from contact_identity i
                            join signup_statement s
                                on s.business_id = i.business_id and s.kind = i.kind and s.value = i.value
                            where i.contact_id = u.contact_id
                                and s.business_id = u.business_id and s.signup_id = u.signup_id)
                        returning u.business_id, u.signup_id, u.contact_id
                        """, val(ids)).fetch(Subscription::of);
        count(tx, left, -1);
        unlabel(
                tx,
                left.stream()
                        .map(s -> s.of(merged.getOrDefault(s.contact(), s.contact())))
                        .toList());
        tx.execute("""
                update signup_subscription u set subscribed_at = n.at
                from (
                    select s.business_id, s.signup_id, i.contact_id, min(s.subscribed_at) as at
                    from contact_identity i
                    join signup_statement s on s.business_id = i.business_id and s.kind = i.kind and s.value = i.value
                    where i.contact_id = any ({0}) group by s.business_id, s.signup_id, i.contact_id) n
                where u.business_id = n.business_id and u.signup_id = n.signup_id and u.contact_id = n.contact_id
                    and u.subscribed_at is distinct from n.at
                """, val(ids));
        List<Subscription> joined = tx.resultQuery("""
                        insert into signup_subscription (business_id, signup_id, contact_id, subscribed_at)
                        select s.business_id, s.signup_id, i.contact_id, min(s.subscribed_at)
                        from contact_identity i
                        join signup_statement s on s.business_id = i.business_id and s.kind = i.kind and s.value = i.value
                        where i.contact_id = any ({0})
                        group by s.business_id, s.signup_id, i.contact_id
                        order by s.business_id, s.signup_id, i.contact_id
                        on conflict (business_id, signup_id, contact_id) do nothing
                        returning business_id, signup_id, contact_id
                        """, val(ids)).fetch(Subscription::of);
        count(tx, joined, 1);
        label(tx, joined);
    }

    /// Takes away the labels that came with these subscriptions only.
    private static void unlabel(DSLContext tx, List<Subscription> rows) {
        if (!rows.isEmpty()) {
            tx.execute("""
                    delete from contact_label l
                    using unnest({0}, {1}, {2}) as t (business_id, signup_id, contact_id)
                    join signup s on s.business_id = t.business_id and s.signup_id = t.signup_id
                    where l.contact_id = t.contact_id and l.label_id = s.auto_add_label_id and not l.by_hand
                        and not exists (
                            select from signup_subscription u
                            join signup o on o.business_id = u.business_id and o.signup_id = u.signup_id
                            where u.contact_id = l.contact_id and o.auto_add_label_id = l.label_id)
                    """, Subscription.columns(rows));
        }
    }

    private SignupSubscriptions() {}
}
