package dev.twotick.worker.apply;

import static org.jooq.impl.DSL.val;

import dev.twotick.worker.interpret.Fact.Effect.PreferenceStated;
import dev.twotick.worker.interpret.Fact.Noticed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;

/// Tables `preference_statement`, what was stated under an id, and `contact_preference`, what follows for the contact
/// that has the id. Of two the one with the greatest (Meta's time, digest) stands.
final class ContactPreferences {

    /// @param identity the strongest id of who stated it
    /// @param contact  whose id that is
    record Statement(
            long accountId,
            Identity identity,
            UUID contact,
            PreferenceStated stated,
            ApplyItem<Noticed> item) {

        private static final Comparator<Statement> BY_TIME = Comparator.<Statement, Instant>comparing(
                        s -> s.item.item().occurredAt(), Stated.TIME)
                .thenComparing(s -> s.item.item().digest(), Arrays::compareUnsigned);

        private Statement later(Statement other) {
            return BY_TIME.compare(this, other) >= 0 ? this : other;
        }
    }

    private record IdKey(long account, String kind, String value, String category) {
        static final Comparator<IdKey> ORDER = Comparator.comparingLong(IdKey::account)
                .thenComparing(IdKey::kind)
                .thenComparing(IdKey::value, Stated.UTF8_ORDER)
                .thenComparing(IdKey::category, Stated.UTF8_ORDER);
    }

    private record ContactKey(long account, String contact, String category) {
        // a UUID's text is in the order of its bytes, which is PostgreSQL's
        static final Comparator<ContactKey> ORDER = Comparator.comparingLong(ContactKey::account)
                .thenComparing(ContactKey::contact)
                .thenComparing(ContactKey::category, Stated.UTF8_ORDER);
    }

    static void state(DSLContext tx, Collection<Statement> statements) {
        if (statements.isEmpty()) {
            return;
        }
        SortedMap<IdKey, Statement> byId = new TreeMap<>(IdKey.ORDER);
        SortedMap<ContactKey, Statement> byContact = new TreeMap<>(ContactKey.ORDER);
        for (Statement s : statements) {
            String category = s.stated().category();
            byId.merge(
                    new IdKey(s.accountId(), s.identity().kind(), s.identity().value(), category),
                    s,
                    Statement::later);
            byContact.merge(
                    new ContactKey(s.accountId(), s.contact().toString(), category), s, Statement::later);
        }
        tx.execute(
                """
                insert into preference_statement as p
                    (account_id, category, preference, stated_at, digest, payload_id, kind, value)
                select * from unnest({0}, {1}, {2}, {3}, {4}, {5}, {6}, {7})
                on conflict (account_id, kind, value, category) do update
                set preference = excluded.preference, stated_at = excluded.stated_at, digest = excluded.digest,
                    payload_id = excluded.payload_id
                where (coalesce(p.stated_at, '-infinity'), p.digest)
                    < (coalesce(excluded.stated_at, '-infinity'), excluded.digest)
                """,
                columns(
                        byId.values(),
                        val(byId.values().stream().map(s -> s.identity().kind()).toArray(String[]::new)),
                        val(byId.values().stream().map(s -> s.identity().value()).toArray(String[]::new))));
        tx.execute(
                """
                insert into contact_preference as p
                    (account_id, category, value, stated_at, digest, payload_id, contact_id)
                select * from unnest({0}, {1}, {2}, {3}, {4}, {5}, {6})
                on conflict (account_id, contact_id, category) do update
                set value = excluded.value, stated_at = excluded.stated_at, digest = excluded.digest,
                    payload_id = excluded.payload_id
                where (coalesce(p.stated_at, '-infinity'), p.digest)
                    < (coalesce(excluded.stated_at, '-infinity'), excluded.digest)
                """,
                columns(
                        byContact.values(),
                        val(byContact.values().stream().map(Statement::contact).toArray(UUID[]::new))));
    }

    /// Works out anew what these contacts prefer, after their ids have changed.
    static void derive(DSLContext tx, Collection<UUID> contacts) {
        tx.execute(
                """
                with stated as materialized (
                    select distinct on (s.account_id, i.contact_id, s.category) s.account_id, i.contact_id, s.category,
                        s.preference, s.stated_at, s.digest, s.payload_id
                    from contact_identity i
                    join preference_statement s on s.kind = i.kind and s.value = i.value
                    join account a on a.id = s.account_id and a.business_id = i.business_id
                    where i.contact_id = any ({0})
                    order by s.account_id, i.contact_id, s.category, s.stated_at desc nulls last, s.digest desc),
                gone as (
                    delete from contact_preference p
                    where p.contact_id = any ({0}) and not exists (
                        select from stated s where s.account_id = p.account_id and s.contact_id = p.contact_id
                            and s.category = p.category))
                insert into contact_preference
                    (account_id, contact_id, category, value, stated_at, digest, payload_id)
                select * from stated
                on conflict (account_id, contact_id, category) do update
                set value = excluded.value, stated_at = excluded.stated_at, digest = excluded.digest,
                    payload_id = excluded.payload_id
                """,
                val(contacts.toArray(UUID[]::new)));
    }

    private static Field<?>[] columns(Collection<Statement> statements, Field<?>... keys) {
        List<Field<?>> columns = new ArrayList<>(List.of(
                val(statements.stream().map(Statement::accountId).toArray(Long[]::new)),
                val(statements.stream().map(s -> s.stated().category()).toArray(String[]::new)),
                val(statements.stream().map(s -> s.stated().value()).toArray(String[]::new)),
                val(statements.stream().map(s -> s.item().item().occurredAt()).toArray(Instant[]::new)),
                val(statements.stream().map(s -> s.item().item().digest()).toArray(byte[][]::new)),
                val(statements.stream().map(s -> s.item().payload().id()).toArray(UUID[]::new))));
        columns.addAll(List.of(keys));
        return columns.toArray(Field<?>[]::new);
    }

    private ContactPreferences() {}
}
