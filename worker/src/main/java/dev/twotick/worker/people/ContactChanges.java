package dev.twotick.worker.people;

import static dev.twotick.db.schema.Tables.CONTACT_CHANGE;

import dev.twotick.db.Unnest;
import dev.twotick.worker.batch.RowMerge;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.jooq.DSLContext;
import org.jooq.Field;

/// Table `contact_change`: one person's id became another.
final class ContactChanges {

    static void state(DSLContext tx, Collection<IdentityStep> steps) {
        if (steps.isEmpty()) {
            return;
        }
        Unnest<IdentityStep> n = keys(steps).with(CONTACT_CHANGE.STATED_AT, IdentityStep::statedAt);
        new RowMerge()
                .greatest(CONTACT_CHANGE.STATED_AT)
                .write(
                        tx,
                        CONTACT_CHANGE,
                        n,
                        CONTACT_CHANGE.BUSINESS_ID,
                        CONTACT_CHANGE.FROM_KIND,
                        CONTACT_CHANGE.FROM_VALUE,
                        CONTACT_CHANGE.TO_KIND,
                        CONTACT_CHANGE.TO_VALUE);
    }

    /// The rows from these to whatever.
    static List<IdentityStep> from(DSLContext tx, Collection<Identity> identities) {
        Unnest<Identity> n = Unnest.of(new TreeSet<>(identities))
                .with(CONTACT_CHANGE.BUSINESS_ID, Identity::businessId)
                .with(CONTACT_CHANGE.FROM_KIND, Identity::kind)
                .with(CONTACT_CHANGE.FROM_VALUE, Identity::value);
        Field<Long> business = CONTACT_CHANGE.BUSINESS_ID;
        return tx.select(
                        business,
                        CONTACT_CHANGE.FROM_KIND,
                        CONTACT_CHANGE.FROM_VALUE,
                        CONTACT_CHANGE.TO_KIND,
                        CONTACT_CHANGE.TO_VALUE,
                        CONTACT_CHANGE.STATED_AT)
                .from(CONTACT_CHANGE)
                .join(n.table())
                .on(business.eq(n.get(business)))
                .and(CONTACT_CHANGE.FROM_KIND.eq(n.get(CONTACT_CHANGE.FROM_KIND)))
                .and(CONTACT_CHANGE.FROM_VALUE.eq(n.get(CONTACT_CHANGE.FROM_VALUE)))
                .fetch(row -> new IdentityStep(
                        new Identity(row.value1(), row.value2(), row.value3()),
                        new Identity(row.value1(), row.value4(), row.value5()),
                        row.value6()));
    }

    private static Unnest<IdentityStep> keys(Collection<IdentityStep> steps) {
        return Unnest.of(steps)
                .with(CONTACT_CHANGE.BUSINESS_ID, s -> s.from().businessId())
                .with(CONTACT_CHANGE.FROM_KIND, s -> s.from().kind())
                .with(CONTACT_CHANGE.FROM_VALUE, s -> s.from().value())
                .with(CONTACT_CHANGE.TO_KIND, s -> s.to().kind())
                .with(CONTACT_CHANGE.TO_VALUE, s -> s.to().value());
    }

    private ContactChanges() {}
}
