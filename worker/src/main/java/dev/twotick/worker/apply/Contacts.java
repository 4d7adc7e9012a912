package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.CONTACT;
import static dev.twotick.db.schema.Tables.CONTACT_IDENTITY;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import dev.twotick.db.Unnest;
import dev.twotick.worker.interpret.Person;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Tables `contact_identity` and `contact`: who a sender is.
///
/// The identity decides. It is inserted first, its unique key lets one transaction win, and only a new one makes a
/// contact, whose id is a hash of it: so forty messages of one new sender, on four workers, make one contact.
final class Contacts {

    /// One way in which a business knows somebody.
    record Identity(long businessId, String kind, String value) implements Comparable<Identity> {

        UUID contactId() {
            return MessageKey.hash(Long.toString(businessId), kind, value);
        }

        @Override
        public int compareTo(Identity other) {
            int byBusiness = Long.compare(businessId, other.businessId);
            int byKind = byBusiness != 0 ? byBusiness : kind.compareTo(other.kind);
            return byKind != 0 ? byKind : value.compareTo(other.value);
        }
    }

    /// A person as one business knows them.
    record Sender(long businessId, Person person) {

        /// The strongest first: it names the contact when all are new.
        List<Identity> identities() {
            List<Identity> identities = new ArrayList<>(3);
            add(identities, "wa_id", person.waId());
            add(identities, "user_id", person.userId());
            add(identities, "parent_user_id", person.parentUserId());
            return identities;
        }

        private void add(List<Identity> identities, String kind, @Nullable String value) {
            if (value != null) {
                identities.add(new Identity(businessId, kind, value));
            }
        }
    }

    /// @param ids     each sender's contact
    /// @param created contacts that this transaction made, with the sender and the identity that they were made for
    record Found(Map<Sender, UUID> ids, Map<UUID, Created> created) {}

    record Created(Sender sender, Identity madeFor) {}

    /// Finds the senders' contacts, makes the new ones, and writes down what is newer about them.
    ///
    /// @throws Overtaken when another transaction linked an identity meanwhile: the batch starts over
    static Found findOrCreate(DSLContext tx, Collection<Sender> senders) {
        Set<Identity> mentioned =
                senders.stream().flatMap(s -> s.identities().stream()).collect(toSet());
        Map<Identity, UUID> contacts = new HashMap<>(select(tx, mentioned));
        Map<Identity, UUID> added = new TreeMap<>();
        Map<UUID, Created> created = new HashMap<>();
        Map<Sender, UUID> ids = new HashMap<>();
        for (Sender sender : senders) {
            List<Identity> identities = sender.identities();
            UUID contact = identities.stream()
                    .map(contacts::get)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElseGet(() -> {
                        Identity madeFor = identities.getFirst();
                        created.put(madeFor.contactId(), new Created(sender, madeFor));
                        return madeFor.contactId();
                    });
            for (Identity identity : identities) {
                if (contacts.putIfAbsent(identity, contact) == null) {
                    added.put(identity, contact);
                }
            }
            ids.put(sender, contact);
        }
        insertIdentities(tx, added);
        insertContacts(tx, created.values());
        ContactProfiles.update(tx, ids);
        return new Found(ids, created);
    }

    private static Map<Identity, UUID> select(DSLContext tx, Set<Identity> identities) {
        Unnest<Identity> n = columns(identities);
        return tx
                .select(
                        CONTACT_IDENTITY.BUSINESS_ID,
                        CONTACT_IDENTITY.KIND,
                        CONTACT_IDENTITY.VALUE,
                        CONTACT_IDENTITY.CONTACT_ID)
                .from(CONTACT_IDENTITY)
                .join(n.table())
                .on(CONTACT_IDENTITY.BUSINESS_ID.eq(n.get(CONTACT_IDENTITY.BUSINESS_ID)))
                .and(CONTACT_IDENTITY.KIND.eq(n.get(CONTACT_IDENTITY.KIND)))
                .and(CONTACT_IDENTITY.VALUE.eq(n.get(CONTACT_IDENTITY.VALUE)))
                .fetch()
                .stream()
                .collect(toMap(r -> new Identity(r.value1(), r.value2(), r.value3()), r -> r.value4()));
    }

    private static Unnest<Identity> columns(Collection<Identity> identities) {
        return Unnest.of(identities)
                .with(CONTACT_IDENTITY.BUSINESS_ID, Identity::businessId)
                .with(CONTACT_IDENTITY.KIND, Identity::kind)
                .with(CONTACT_IDENTITY.VALUE, Identity::value);
    }

    private static void insertIdentities(DSLContext tx, Map<Identity, UUID> added) {
        if (added.isEmpty()) {
            return;
        }
        Unnest<Identity> n = columns(added.keySet()).with(CONTACT_IDENTITY.CONTACT_ID, added::get);
        int inserted = tx.insertInto(CONTACT_IDENTITY, n.columns())
                .select(n.select(CONTACT_IDENTITY.BUSINESS_ID, CONTACT_IDENTITY.KIND, CONTACT_IDENTITY.VALUE))
                .onConflictDoNothing()
                .execute();
        if (inserted < added.size()) {
            throw new Overtaken("an identity was linked by another transaction");
        }
    }

    private static void insertContacts(DSLContext tx, Collection<Created> created) {
        if (created.isEmpty()) {
            return;
        }
        Unnest<Created> n = Unnest.of(created)
                .with(CONTACT.ID, c -> c.madeFor().contactId())
                .with(CONTACT.BUSINESS_ID, c -> c.sender().businessId());
        tx.insertInto(CONTACT, n.columns())
                .select(n.select(CONTACT.ID))
                .onConflictDoNothing()
                .execute();
    }

    private Contacts() {}
}
