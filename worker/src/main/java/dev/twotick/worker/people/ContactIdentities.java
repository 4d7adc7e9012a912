package dev.twotick.worker.people;

import static dev.twotick.db.schema.Tables.CONTACT_IDENTITY;

import dev.twotick.db.RowStatement;
import dev.twotick.db.Unnest;
import dev.twotick.worker.batch.Overtaken;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// Table `contact_identity`: which contact has which id. It follows from the mentions.
final class ContactIdentities {
    private static final int SPELLING_LOCKS = 64;

    // A lookup for each id, however few rows the table had when it was planned.
    private static final String KNOWN = """
            select i.business_id, i.kind, i.value, i.contact_id, i.changed_at
            from unnest(?::bigint[], ?::text[], ?::text[]) as n (business_id, kind, value)
            cross join lateral (
                select * from contact_identity i
                where i.business_id = n.business_id and i.kind = n.kind and i.value = n.value offset 0) as i
            """;

    /// @param changedAt of a number that a step names, the greatest time of such a step
    record Known(UUID contact, @Nullable Instant changedAt) {}

    static Map<Identity, Known> known(DSLContext tx, NavigableSet<Identity> identities) {
        Map<Identity, Known> known = new HashMap<>();
        if (!identities.isEmpty()) {
            RowStatement.of(KNOWN, identities)
                    .longs(Identity::businessId)
                    .texts(Identity::kind)
                    .texts(Identity::value)
                    .fetch(tx, ContactIdentities::known)
                    .forEach(known::putAll);
        }
        return known;
    }

    private static Map<Identity, Known> known(ResultSet row) throws SQLException {
        return Map.of(
                new Identity(row.getLong(1), row.getString(2), row.getString(3)),
                new Known(row.getObject(4, UUID.class), RowStatement.time(row, 5)));
    }

    /// Of a number that has two spellings the unique key guards either by itself: so whoever makes one the first time
    /// has both, until the transaction ends. A few locks for all numbers, for there are many people in a history.
    ///
    /// @throws Overtaken when another transaction has made the other spelling meanwhile: the batch starts over
    static void claimSpellings(DSLContext tx, Collection<Identity> identities) {
        NavigableSet<Identity> others = new TreeSet<>();
        identities.forEach(identity -> identity.otherSpelling().ifPresent(others::add));
        others.removeAll(identities);
        if (others.isEmpty()) {
            return;
        }
        Integer[] locks = others.stream()
                .map(other -> Math.floorMod(other.number().value().hashCode(), SPELLING_LOCKS))
                .distinct()
                .sorted()
                .toArray(Integer[]::new);
        tx.execute(
                "select pg_advisory_xact_lock(hashtext('twotick.spellings'), t.n) from unnest({0}) as t (n)",
                DSL.val(locks, SQLDataType.INTEGER.array()));
        if (!known(tx, others).isEmpty()) {
            throw new Overtaken("another transaction made the contact under the number's other spelling");
        }
    }

    /// Inserts ids that nobody had. The unique key lets one transaction win.
    ///
    /// @throws Overtaken when another one was faster: the batch starts over
    static void insert(DSLContext tx, NavigableMap<Identity, UUID> contacts) {
        Unnest<Identity> n = columns(contacts.keySet()).with(CONTACT_IDENTITY.CONTACT_ID, contacts::get);
        int inserted = tx.insertInto(CONTACT_IDENTITY, n.columns())
                .select(n.select(CONTACT_IDENTITY.BUSINESS_ID, CONTACT_IDENTITY.KIND, CONTACT_IDENTITY.VALUE))
                .onConflictDoNothing()
                .execute();
        if (inserted < contacts.size()) {
            throw new Overtaken("an identity was linked by another transaction");
        }
    }

    /// Gives the ids to these contacts, new ones and known ones. Only under the exclusive lock.
    ///
    /// @param changedAt of numbers that steps name
    static void give(DSLContext tx, NavigableMap<Identity, UUID> contacts, Map<Identity, Instant> changedAt) {
        if (contacts.isEmpty()) {
            return;
        }
        Unnest<Identity> n = columns(contacts.keySet())
                .with(CONTACT_IDENTITY.CONTACT_ID, contacts::get)
                .with(CONTACT_IDENTITY.CHANGED_AT, changedAt::get);
        tx.insertInto(CONTACT_IDENTITY, n.columns())
                .select(n.select(CONTACT_IDENTITY.BUSINESS_ID, CONTACT_IDENTITY.KIND, CONTACT_IDENTITY.VALUE))
                .onConflict(CONTACT_IDENTITY.BUSINESS_ID, CONTACT_IDENTITY.KIND, CONTACT_IDENTITY.VALUE)
                .doUpdate()
                .set(CONTACT_IDENTITY.CONTACT_ID, DSL.excluded(CONTACT_IDENTITY.CONTACT_ID))
                .set(CONTACT_IDENTITY.CHANGED_AT, DSL.excluded(CONTACT_IDENTITY.CHANGED_AT))
                .execute();
    }

    /// All that these contacts have.
    static NavigableSet<Identity> of(DSLContext tx, Collection<UUID> contacts) {
        NavigableSet<Identity> identities = new TreeSet<>();
        tx.select(CONTACT_IDENTITY.BUSINESS_ID, CONTACT_IDENTITY.KIND, CONTACT_IDENTITY.VALUE)
                .from(CONTACT_IDENTITY)
                .where(CONTACT_IDENTITY.CONTACT_ID.eq(DSL.any(contacts.toArray(UUID[]::new))))
                .forEach(row -> identities.add(new Identity(row.value1(), row.value2(), row.value3())));
        return identities;
    }

    private static Unnest<Identity> columns(Collection<Identity> identities) {
        return Unnest.of(identities)
                .with(CONTACT_IDENTITY.BUSINESS_ID, Identity::businessId)
                .with(CONTACT_IDENTITY.KIND, Identity::kind)
                .with(CONTACT_IDENTITY.VALUE, Identity::value);
    }

    private ContactIdentities() {}
}
