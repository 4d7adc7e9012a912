package dev.twotick.worker.people;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Which contact each group of ids is: one that is there, as far as any is.
///
/// A contact belongs with its strongest id, so when a number leaves, the person stays who they were. Of
/// several that belong to one group the oldest remains. Pure.
///
/// @param groups  by contact
/// @param created contacts that are not there yet
/// @param merged  contacts that are no more, and which each proved to be
record ContactAssignment(
        NavigableMap<UUID, NavigableSet<Identity>> groups, Set<UUID> created, NavigableMap<UUID, UUID> merged) {

    /// @param holders who has which id now
    /// @param since   when each of those was made
    /// @param isTaken whether an id was given to a contact before; asked for new contacts only
    static ContactAssignment of(
            Collection<NavigableSet<Identity>> groups,
            Map<Identity, UUID> holders,
            Map<UUID, Instant> since,
            Predicate<UUID> isTaken) {
        Map<UUID, Identity> strongest = new HashMap<>();
        holders.forEach((identity, contact) ->
                strongest.merge(contact, identity, (a, b) -> Identity.STRONGEST_FIRST.compare(a, b) <= 0 ? a : b));
        Comparator<UUID> oldestFirst = Comparator.<UUID, Instant>comparing(
                        contact -> since.getOrDefault(contact, Instant.MAX))
                .thenComparing(Comparator.naturalOrder());
        NavigableMap<UUID, NavigableSet<Identity>> assigned = new TreeMap<>();
        NavigableMap<UUID, UUID> merged = new TreeMap<>();
        List<NavigableSet<Identity>> homeless = new ArrayList<>();
        for (NavigableSet<Identity> group : groups) {
            List<UUID> belonging = group.stream()
                    .map(identity -> belongingTo(identity, holders, strongest))
                    .filter(contact -> contact != null)
                    .sorted(oldestFirst)
                    .toList();
            if (belonging.isEmpty()) {
                homeless.add(group);
            } else {
                assigned.put(belonging.getFirst(), group);
                belonging.stream().skip(1).forEach(contact -> merged.put(contact, belonging.getFirst()));
            }
        }
        Set<UUID> created = new HashSet<>();
        for (NavigableSet<Identity> group : homeless) {
            UUID id = newId(group, contact -> created.contains(contact) || isTaken.test(contact));
            created.add(id);
            assigned.put(id, group);
        }
        return new ContactAssignment(assigned, created, merged);
    }

    NavigableMap<Identity, UUID> contacts() {
        NavigableMap<Identity, UUID> contacts = new TreeMap<>();
        groups.forEach((contact, group) -> group.forEach(identity -> contacts.put(identity, contact)));
        return contacts;
    }

    /// The contact whose strongest id this is.
    private static @Nullable UUID belongingTo(
            Identity identity, Map<Identity, UUID> holders, Map<UUID, Identity> strongest) {
        UUID contact = holders.get(identity);
        return contact != null && identity.equals(strongest.get(contact)) ? contact : null;
    }

    private static UUID newId(NavigableSet<Identity> group, Predicate<UUID> isTaken) {
        List<Identity> numberFirst =
                group.stream().sorted(Identity.NUMBER_FIRST).toList();
        for (Identity identity : numberFirst) {
            if (!isTaken.test(identity.contactId())) {
                return identity.contactId();
            }
        }
        for (int again = 2; ; again++) {
            UUID id = numberFirst.getFirst().contactId(again);
            if (!isTaken.test(id)) {
                return id;
            }
        }
    }
}
