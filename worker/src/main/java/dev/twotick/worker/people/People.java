package dev.twotick.worker.people;

import dev.twotick.db.RowStatement;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.batch.Batch;
import dev.twotick.worker.interpret.Fact.Effect;
import dev.twotick.worker.interpret.Fact.Noticed;
import dev.twotick.worker.outbox.HookEvent;
import dev.twotick.worker.people.BatchPeople.Said;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// The door to who is who: which contact has which of Meta's ids.
public final class People {
    private final Batch batch;
    private final Contacts.Found found;

    private People(Batch batch, Contacts.Found found) {
        this.batch = batch;
        this.found = found;
    }

    /// Finds the contacts of everybody in the batch, also of a message whose other copy stands: what a payload
    /// says of a person counts. Strangers get one, and those who are told of it hear so.
    ///
    /// @param known of them
    /// @throws NeedsSettlement when the batch changes who is who: [#settle] comes first
    public static People find(Batch batch, KnownPeople known) {
        Contacts.Found found = Contacts.findOrCreate(
                batch.tx(),
                BatchPeople.of(batch.items(), item -> batch.accountOf(item).businessId()),
                known);
        batch.found(found::of);
        for (Contacts.Created created : found.created()) {
            ApplyItem<?> item = created.because();
            batch.raise(ContactEvents.created(
                    created.contact(), item, batch.accountOf(item).id()));
        }
        return new People(batch, found);
    }

    /// Writes down how they were named, and what they are called by now. Near the transaction's end, so that batches
    /// with the same people wait for each other as short as can be.
    ///
    /// @param before goes before that, in the same trip
    public void writeDown(Optional<RowStatement<?>> before) {
        Map<UUID, ContactNames> names = new TreeMap<>();
        Map<UUID, ApplyItem<?>> because = new HashMap<>();
        for (Said<Mention> said : found.said()) {
            ContactNames called = ContactNames.of(said.what());
            if (!called.equals(ContactNames.NONE)) {
                UUID contact = found.of(said.what().key().anchor());
                names.merge(contact, called, ContactNames::and);
                because.putIfAbsent(contact, said.because());
            }
        }
        found.created().forEach(created -> names.remove(created.contact().id()));
        List<Mention> mentions = found.said().stream().map(Said::what).toList();
        Set<UUID> signedUp = signedUp();
        if (!signedUp.isEmpty()) {
            // sign-ups write contacts a little later, behind notices: all rows are locked here, in one order
            Contacts.name(batch.tx(), before, mentions, Map.of());
            before = Optional.empty();
            mentions = List.of();
            signedUp.addAll(names.keySet());
            Contacts.lock(batch.tx(), signedUp);
        }
        raiseUpdated(batch, Contacts.name(batch.tx(), before, mentions, names), because);
    }

    private Set<UUID> signedUp() {
        Set<UUID> contacts = new HashSet<>();
        for (ApplyItem<Noticed> item : batch.only(Noticed.class)) {
            if (item.fact().effect() instanceof Effect.SignedUp signedUp) {
                contacts.add(batch.contactOf(item, signedUp.person()));
            }
        }
        return contacts;
    }

    /// Settles what a batch owes, in a transaction of its own.
    ///
    /// @param tx         has the people lock alone: [PeopleLock#exclusive]
    /// @param belongings follow the ids that change hands
    /// @return the notices that the contacts owe
    public static List<HookEvent> settle(DSLContext tx, NeedsSettlement owed, Belongings belongings) {
        return Settlement.settle(tx, owed.owed(), belongings);
    }

    /// Makes these contacts known to another business, with all that they were called by. That is no news to anybody.
    ///
    /// @param tx has the people lock alone
    public static void takeAlong(DSLContext tx, Collection<UUID> contacts, long business, Belongings belongings) {
        Settlement.takeAlong(tx, contacts, business, belongings);
    }

    /// Who has these ids, as far as anybody does.
    public static Map<Identity, UUID> contacts(DSLContext tx, NavigableSet<Identity> identities) {
        Map<Identity, UUID> contacts = new HashMap<>();
        ContactIdentities.known(tx, identities).forEach((identity, known) -> contacts.put(identity, known.contact()));
        return contacts;
    }

    /// The contact that this id leads to: itself, or the one that it proved to be. Empty: there is none, or it was
    /// erased.
    public static Optional<UUID> remaining(DSLContext db, UUID contact) {
        return db.resultQuery("select k.id from contact k where k.id = " + ContactsMerged.REMAINING, DSL.val(contact))
                .fetchOptional(row -> row.get(0, UUID.class));
    }

    /// Tells of contacts as they stand now.
    ///
    /// @param because by contact, the item that changed it
    public static void raiseUpdated(Batch batch, Collection<UUID> contacts, Map<UUID, ? extends ApplyItem<?>> because) {
        for (ContactState contact : ContactState.of(batch.tx(), contacts)) {
            ApplyItem<?> item = Objects.requireNonNull(because.get(contact.id()));
            batch.raise(
                    ContactEvents.updated(contact, item, batch.accountOf(item).id()));
        }
    }
}
