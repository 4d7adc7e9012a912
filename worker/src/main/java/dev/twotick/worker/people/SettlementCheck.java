package dev.twotick.worker.people;

import dev.twotick.worker.batch.DatedText;
import dev.twotick.worker.people.BatchPeople.Said;
import dev.twotick.worker.people.ContactIdentities.Known;
import dev.twotick.worker.people.PersonGroups.Holder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Tells what a batch says of people that may change who is who from what only repeats it. What somebody is called
/// changes nothing there: see [ContactMentions].
///
/// Judged by the ids alone, for nearly everything; only where those leave a doubt are the mentions read. What
/// is let pass here changes nothing together with whatever other transactions let pass at the same time,
/// because each rule asks for a greatest time that can only grow.
final class SettlementCheck {
    private final Map<Identity, Known> known;
    private final Map<Mention.Key, Mention> rows;
    private final Map<Identity, List<Mention>> ofNumber = new HashMap<>();

    /// What is to be settled before the rest can be applied.
    static BatchPeople unsettled(DSLContext tx, BatchPeople people, Map<Identity, Known> known) {
        BatchPeople owed = new BatchPeople();
        List<Said<Mention>> doubtful = new ArrayList<>();
        for (Said<Mention> said : people.mentions()) {
            List<Identity> identities = said.what().key().identities();
            long found = identities.stream().filter(known::containsKey).count();
            if (isSpelledOtherwise(identities, known)) {
                owed.add(said);
                continue;
            }
            if (found == 0) {
                continue; // strangers
            }
            if (found < identities.size()) {
                owed.add(said);
            } else if (!isClear(said.what(), known)) {
                doubtful.add(said);
            }
        }
        if (!doubtful.isEmpty()) {
            SettlementCheck check = new SettlementCheck(known, rows(tx, doubtful));
            doubtful.stream().filter(said -> !check.isSettled(said.what())).forEach(owed::add);
        }
        steps(tx, people, owed);
        return owed;
    }

    /// The number is known in its other spelling only, or as somebody else's.
    private static boolean isSpelledOtherwise(List<Identity> identities, Map<Identity, Known> known) {
        return identities.stream()
                .anyMatch(identity -> identity.otherSpelling()
                        .map(known::get)
                        .filter(other -> {
                            Known here = known.get(identity);
                            return here == null || !here.contact().equals(other.contact());
                        })
                        .isPresent());
    }

    /// A step is rare, and settled when it is written down.
    private static void steps(DSLContext tx, BatchPeople people, BatchPeople owed) {
        if (people.steps().isEmpty()) {
            return;
        }
        List<Identity> from =
                people.steps().stream().map(said -> said.what().from()).toList();
        List<IdentityStep> settled = ContactChanges.from(tx, from);
        for (Said<IdentityStep> said : people.steps()) {
            IdentityStep step = said.what();
            if (settled.stream()
                    .noneMatch(
                            row -> row.from().equals(step.from()) && row.to().equals(step.to()) && row.covers(step))) {
                owed.addStep(said);
            }
        }
    }

    private static Map<Mention.Key, Mention> rows(DSLContext tx, Collection<Said<Mention>> doubtful) {
        List<Mention.Key> keys =
                doubtful.stream().map(said -> said.what().key()).toList();
        Set<Identity> numbers = new HashSet<>();
        for (Mention.Key key : keys) {
            Identity number = key.linkedNumber();
            if (number != null) {
                numbers.add(number);
            }
        }
        return ContactMentions.known(tx, keys, Identity.inBothSpellings(numbers));
    }

    private SettlementCheck(Map<Identity, Known> known, Map<Mention.Key, Mention> rows) {
        this.known = known;
        this.rows = rows;
        for (Mention row : rows.values()) {
            Identity number = row.key().linkedNumber();
            if (number != null) {
                ofNumber.computeIfAbsent(number.number(), n -> new ArrayList<>())
                        .add(row);
            }
        }
    }

    /// All ids have one contact, and none of them is a number that a step names.
    private static boolean isClear(Mention mention, Map<Identity, Known> known) {
        Known anchor = of(known, mention.key().anchor());
        return mention.key().identities().stream()
                        .map(identity -> of(known, identity))
                        .allMatch(k -> k.contact().equals(anchor.contact()))
                && !isSteppedOver(mention, known);
    }

    private static boolean isSteppedOver(Mention mention, Map<Identity, Known> known) {
        Identity number = mention.key().linkedNumber();
        return number != null && of(known, number).changedAt() != null;
    }

    private boolean isSettled(Mention mention) {
        Mention row = rows.get(mention.key());
        if (row != null && row.covers(mention)) {
            return true;
        }
        return parentIsLinked(mention) && numberIsSettled(mention, row);
    }

    private boolean parentIsLinked(Mention mention) {
        Known anchor = of(known, mention.key().anchor());
        return mention.key().identities().stream()
                .filter(identity -> !identity.isNumber())
                .allMatch(identity -> of(known, identity).contact().equals(anchor.contact()));
    }

    private boolean numberIsSettled(Mention mention, @Nullable Mention row) {
        Identity number = mention.key().linkedNumber();
        if (number == null || (row != null && DatedText.TIME.compare(row.statedAt(), mention.statedAt()) >= 0)) {
            return true;
        }
        Known holder = of(known, number);
        boolean linked =
                holder.contact().equals(of(known, mention.key().anchor()).contact());
        if (holder.changedAt() == null) {
            return linked || isOutdone(mention, number);
        }
        // the newest already, and newer than every step: newer still is no news
        return linked
                && row != null
                && DatedText.TIME.compare(row.statedAt(), holder.changedAt()) > 0
                && !isOutdone(row, number);
    }

    /// Somebody else was named with the number later.
    private boolean isOutdone(Mention mention, Identity number) {
        Holder holder = new Holder(mention.statedAt(), mention.key().anchor());
        return ofNumber.getOrDefault(number.number(), List.of()).stream()
                .map(row -> new Holder(row.statedAt(), row.key().anchor()))
                .filter(other -> !other.identity().equals(holder.identity()))
                .anyMatch(other -> Holder.ORDER.compare(other, holder) > 0);
    }

    private static Known of(Map<Identity, Known> known, Identity identity) {
        return Objects.requireNonNull(known.get(identity), "all ids of this mention are known");
    }
}
