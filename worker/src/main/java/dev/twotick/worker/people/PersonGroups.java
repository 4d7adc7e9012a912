package dev.twotick.worker.people;

import dev.twotick.worker.batch.DatedText;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Who is the same person as whom: a pure function of the set of mentions and steps, so that no order of
/// arrival matters.
///
/// User ids and parents that were named together, or became one another, are one person for good. A number is
/// not: it points to one holder, the newest one that was named with it, and every older link is void. A step
/// between numbers, or from and to a number, joins who held the old one until then with who held the new one
/// from then on. Two spellings of a number are that number.
final class PersonGroups {
    private final IdentityGroups groups = new IdentityGroups();

    /// By number, a spelling that was named: all others are with it.
    private final Map<Identity, Identity> spelled = new HashMap<>();

    /// By number, who was named with it, and when last.
    private final Map<Identity, NavigableSet<Holder>> holders = new HashMap<>();

    /// Who was named with a number, or claims it by a step.
    record Holder(@Nullable Instant at, Identity identity) {
        static final Comparator<Holder> ORDER =
                Comparator.comparing(Holder::at, DatedText.TIME).thenComparing(Holder::identity);
    }

    /// @return each group of ids that are one contact
    static Collection<NavigableSet<Identity>> of(
            Collection<Identity> identities, Collection<Mention> mentions, Collection<IdentityStep> steps) {
        PersonGroups persons = new PersonGroups();
        identities.forEach(persons::named);
        mentions.forEach(persons::mention);
        Map<Identity, NavigableSet<Holder>> claims = new HashMap<>();
        steps.forEach(step -> persons.step(step, claims));
        persons.pointToHolders(claims);
        return persons.groups.all();
    }

    private void named(Identity identity) {
        groups.leader(identity);
        if (identity.isNumber()) {
            Identity first = spelled.putIfAbsent(identity.number(), identity);
            if (first != null) {
                groups.join(identity, first);
            }
        }
    }

    private void mention(Mention mention) {
        Identity anchor = mention.key().anchor();
        for (Identity identity : mention.key().identities()) {
            named(identity);
            if (!identity.isNumber()) {
                groups.join(identity, anchor);
            }
        }
        Identity number = mention.key().linkedNumber();
        if (number != null) {
            ordered(holders, number.number()).add(new Holder(mention.statedAt(), anchor));
        }
    }

    private void step(IdentityStep step, Map<Identity, NavigableSet<Holder>> claims) {
        named(step.from());
        named(step.to());
        Identity before = holderUntil(step.from(), step.statedAt());
        if (before == null) {
            return;
        }
        if (!step.to().isNumber()) {
            groups.join(before, step.to());
            return;
        }
        Identity after = holderSince(step.to(), step.statedAt());
        if (after == null) {
            ordered(claims, step.to().number()).add(new Holder(step.statedAt(), before));
        } else {
            groups.join(before, after);
        }
    }

    /// Null where the number is known of later holders only.
    private @Nullable Identity holderUntil(Identity identity, @Nullable Instant at) {
        NavigableSet<Holder> known = holders.get(identity.number());
        if (known == null) {
            return identity;
        }
        Identity last = null;
        for (Holder holder : known) {
            if (DatedText.TIME.compare(holder.at(), at) <= 0) {
                last = holder.identity();
            }
        }
        return last;
    }

    /// Null where nobody was named with the number since.
    private @Nullable Identity holderSince(Identity number, @Nullable Instant at) {
        for (Holder holder : holders.getOrDefault(number.number(), new TreeSet<>(Holder.ORDER))) {
            if (DatedText.TIME.compare(holder.at(), at) >= 0) {
                return holder.identity();
            }
        }
        return null;
    }

    /// A claim is later than every holder of its number.
    private void pointToHolders(Map<Identity, NavigableSet<Holder>> claims) {
        Map<Identity, NavigableSet<Holder>> newest = new HashMap<>(holders);
        newest.putAll(claims);
        newest.forEach((number, candidates) -> groups.join(
                Objects.requireNonNull(spelled.get(number)), candidates.last().identity()));
    }

    private static NavigableSet<Holder> ordered(Map<Identity, NavigableSet<Holder>> holders, Identity number) {
        return holders.computeIfAbsent(number, n -> new TreeSet<>(Holder.ORDER));
    }
}
