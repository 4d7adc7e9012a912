package dev.twotick.worker.people;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// Which ids belong together, as far as it was said: disjoint sets, each known by one of its members.
final class IdentityGroups {
    private final Map<Identity, Identity> leaders = new HashMap<>();

    /// The member that its group is known by; of an id that was never named, itself.
    Identity leader(Identity identity) {
        Identity at = identity;
        Identity next = leaders.computeIfAbsent(at, i -> i);
        while (!next.equals(at)) {
            at = next;
            next = leaders.getOrDefault(at, at);
        }
        return at;
    }

    void join(Identity one, Identity other) {
        leaders.put(leader(one), leader(other));
    }

    /// Every group of ids that were named.
    Collection<NavigableSet<Identity>> all() {
        Map<Identity, NavigableSet<Identity>> groups = new TreeMap<>();
        for (Identity identity : leaders.keySet()) {
            groups.computeIfAbsent(leader(identity), l -> new TreeSet<>()).add(identity);
        }
        return groups.values();
    }
}
