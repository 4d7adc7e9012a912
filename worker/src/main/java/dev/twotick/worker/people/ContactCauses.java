package dev.twotick.worker.people;

import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.people.BatchPeople.Said;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Which item of the batch made a contact what it is now: the first that says anything about the ids that
/// have to do with it. Its account, payload and time are the notice's.
final class ContactCauses {
    private final IdentityGroups groups = new IdentityGroups();
    private final Map<Identity, ApplyItem<?>> items = new HashMap<>();
    private final ApplyItem<?> first;

    static ContactCauses of(BatchPeople owed, LinkedIdentities linked) {
        return new ContactCauses(owed, linked);
    }

    private ContactCauses(BatchPeople owed, LinkedIdentities linked) {
        linked.mentions().forEach(mention -> join(mention.key().identities()));
        linked.steps().forEach(step -> join(List.of(step.from(), step.to())));
        Map<Object, Identity> byContact = new HashMap<>();
        linked.holders().forEach((identity, contact) -> {
            Identity other = byContact.putIfAbsent(contact, identity);
            join(other == null ? List.of(identity) : List.of(identity, other));
        });
        for (Said<Mention> said : owed.mentions()) {
            items.putIfAbsent(groups.leader(said.what().key().anchor()), said.because());
        }
        for (Said<IdentityStep> said : owed.steps()) {
            items.putIfAbsent(groups.leader(said.what().from()), said.because());
        }
        first = items.values().iterator().next();
    }

    ApplyItem<?> of(Collection<Identity> contact) {
        for (Identity identity : contact) {
            ApplyItem<?> item = items.get(groups.leader(identity));
            if (item != null) {
                return item;
            }
        }
        return first;
    }

    Set<String> accountIds() {
        Set<String> ids = new TreeSet<>();
        items.values().forEach(item -> ids.add(item.accountId()));
        return ids;
    }

    private void join(List<Identity> company) {
        company.forEach(identity -> groups.join(identity, company.getFirst()));
    }
}
