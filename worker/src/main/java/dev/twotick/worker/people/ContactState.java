package dev.twotick.worker.people;

import static dev.twotick.db.schema.Tables.CONTACT;
import static dev.twotick.db.schema.Tables.CONTACT_IDENTITY;

import dev.twotick.worker.batch.DatedText;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// The whole of a contact, as its hook events tell it.
///
/// @param version counts the changes that `contact.updated` told of
record ContactState(
        UUID id,
        long businessId,
        long version,
        ContactNames names,
        boolean subscribed,
        @Nullable Instant subscribedAt,
        NavigableSet<Identity> identities) {

    static ContactState atFirst(UUID id, long businessId, ContactNames names, NavigableSet<Identity> identities) {
        return new ContactState(id, businessId, 0, names, false, null, identities);
    }

    /// As they stand now, in the order of their ids.
    static List<ContactState> of(DSLContext tx, Collection<UUID> contacts) {
        if (contacts.isEmpty()) {
            return List.of();
        }
        UUID[] ids = contacts.toArray(UUID[]::new);
        Map<UUID, NavigableSet<Identity>> identities = new TreeMap<>();
        tx.select(
                        CONTACT_IDENTITY.CONTACT_ID,
                        CONTACT_IDENTITY.BUSINESS_ID,
                        CONTACT_IDENTITY.KIND,
                        CONTACT_IDENTITY.VALUE)
                .from(CONTACT_IDENTITY)
                .where(CONTACT_IDENTITY.CONTACT_ID.eq(DSL.any(ids)))
                .forEach(row -> identities
                        .computeIfAbsent(row.value1(), c -> new TreeSet<>())
                        .add(new Identity(row.value2(), row.value3(), row.value4())));
        List<ContactState> states = new ArrayList<>();
        tx.select(
                        CONTACT.ID,
                        CONTACT.BUSINESS_ID,
                        CONTACT.VERSION,
                        CONTACT.NAME,
                        CONTACT.NAME_AT,
                        CONTACT.USERNAME,
                        CONTACT.USERNAME_AT,
                        CONTACT.SAVED_NAME,
                        CONTACT.SAVED_NAME_AT,
                        CONTACT.SUBSCRIBED_VIA_SIGNUP,
                        CONTACT.SUBSCRIBED_AT)
                .from(CONTACT)
                .where(CONTACT.ID.eq(DSL.any(ids)))
                .orderBy(CONTACT.ID)
                .forEach(row -> states.add(new ContactState(
                        row.value1(),
                        row.value2(),
                        row.value3(),
                        new ContactNames(
                                DatedText.of(row.value4(), row.value5()),
                                DatedText.of(row.value6(), row.value7()),
                                DatedText.ofRemovable(row.value8(), row.value9())),
                        row.value10(),
                        row.value11(),
                        identities.getOrDefault(row.value1(), new TreeSet<>()))));
        return states;
    }

    /// The ids of one kind, in order.
    List<String> values(String kind) {
        return identities.stream()
                .filter(identity -> identity.kind().equals(kind))
                .map(Identity::value)
                .toList();
    }
}
