package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.CONTACT;
import static dev.twotick.db.schema.Tables.CONTACT_IDENTITY;

import dev.twotick.db.Unnest;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Table `contact_identity`: which contact has which id. It follows from the mentions.
final class ContactIdentities {

    /// @param changedAt of a number that a step names, the greatest time of such a step
    /// @param names     the contact's
    record Known(UUID contact, @Nullable Instant changedAt, Names names) {}

    static Map<Identity, Known> known(DSLContext tx, SortedSet<Identity> identities) {
        Map<Identity, Known> known = new HashMap<>();
        if (identities.isEmpty()) {
            return known;
        }
        Unnest<Identity> n = columns(identities);
        tx.select(
                        CONTACT_IDENTITY.BUSINESS_ID,
                        CONTACT_IDENTITY.KIND,
                        CONTACT_IDENTITY.VALUE,
                        CONTACT_IDENTITY.CONTACT_ID,
                        CONTACT_IDENTITY.CHANGED_AT,
                        CONTACT.NAME,
                        CONTACT.USERNAME,
                        CONTACT.SAVED_NAME)
                .from(CONTACT_IDENTITY)
                .join(CONTACT)
                .on(CONTACT.ID.eq(CONTACT_IDENTITY.CONTACT_ID))
                .join(n.table())
                .on(CONTACT_IDENTITY.BUSINESS_ID.eq(n.get(CONTACT_IDENTITY.BUSINESS_ID)))
                .and(CONTACT_IDENTITY.KIND.eq(n.get(CONTACT_IDENTITY.KIND)))
                .and(CONTACT_IDENTITY.VALUE.eq(n.get(CONTACT_IDENTITY.VALUE)))
                .forEach(row -> known.put(
                        new Identity(row.value1(), row.value2(), row.value3()),
                        new Known(row.value4(), row.value5(), new Names(row.value6(), row.value7(), row.value8()))));
        return known;
    }

    /// Inserts ids that nobody had. The unique key lets one transaction win.
    ///
    /// @throws Overtaken when another one was faster: the batch starts over
    static void insert(DSLContext tx, SortedMap<Identity, UUID> contacts) {
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
    static void give(DSLContext tx, SortedMap<Identity, UUID> contacts, Map<Identity, Instant> changedAt) {
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

    private static Unnest<Identity> columns(Collection<Identity> identities) {
        return Unnest.of(identities)
                .with(CONTACT_IDENTITY.BUSINESS_ID, Identity::businessId)
                .with(CONTACT_IDENTITY.KIND, Identity::kind)
                .with(CONTACT_IDENTITY.VALUE, Identity::value);
    }

    private ContactIdentities() {}
}
