package dev.twotick.worker.people;

import static dev.twotick.db.schema.Tables.LABEL;
import static org.jooq.impl.DSL.val;

import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;

/// Table `label`, and what an operator writes into `contact_label`. A label is a business's, as its contacts are.
/// What a sign-up brings is `notices.SignupSubscriptions`'; once it is attached by hand, too, no sign-up takes it
/// away.
public final class Labels {
    private static final int LONGEST = 200;

    private static final String LIST = """
            select id, business_id, name from label where id > {0} order by id limit {1}
            """;

    private static final String OF_CONTACT = """
            select l.id, l.business_id, l.name from contact_label c join label l on l.id = c.label_id
            where c.contact_id = {0} order by l.name, l.id
            """;

    private static final String ATTACH = """
            insert into contact_label (contact_id, label_id, by_hand)
            select k.id, l.id, true from contact k join label l on l.business_id = k.business_id
            where k.id = {REMAINING} and l.id = {1}
            on conflict (contact_id, label_id) do update set by_hand = true
            """.replace("{REMAINING}", ContactsMerged.REMAINING);

    private static final String DETACH = """
            delete from contact_label where contact_id = {REMAINING} and label_id = {1}
            """.replace("{REMAINING}", ContactsMerged.REMAINING);

    /// @param business `business.id`
    public record Label(long id, long business, String name) {}

    /// @param isNew false: the business had one of that name already
    public record Made(Label label, boolean isNew) {}

    /// Makes the label if the business has none of that name.
    ///
    /// @throws IllegalArgumentException when it cannot be one's name
    public static Made findOrMake(DSLContext db, long business, String name) {
        if (name.isBlank() || name.length() > LONGEST || !name.equals(name.strip()) || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    "a label's name is a text of at most " + LONGEST + " characters, without spaces around it");
        }
        int made = db.insertInto(LABEL, LABEL.BUSINESS_ID, LABEL.NAME)
                .values(business, name)
                .onConflictDoNothing()
                .execute();
        long id = db.select(LABEL.ID)
                .from(LABEL)
                .where(LABEL.BUSINESS_ID.eq(business))
                .and(LABEL.NAME.eq(name))
                .fetchSingle()
                .value1();
        return new Made(new Label(id, business, name), made == 1);
    }

    /// @param after a label's id, exclusive
    public static List<Label> after(DSLContext db, long after, int limit) {
        return db.resultQuery(LIST, val(after), val(limit)).fetch(Labels::label);
    }

    /// @param contact one that remains: see [People#remaining]
    public static List<Label> of(DSLContext db, UUID contact) {
        return db.resultQuery(OF_CONTACT, val(contact)).fetch(Labels::label);
    }

    /// Once more is as once.
    ///
    /// @param contact an id that it has, or had
    /// @return false: there is no such contact, or its business has no such label
    public static boolean attach(DSLContext tx, UUID contact, long label) {
        PeopleLock.shared(tx); // or it may become another one in between
        return tx.execute(ATTACH, val(contact), val(label)) == 1;
    }

    /// Whether it was attached by hand or came with a sign-up. A sign-up that is new to the contact brings it again.
    ///
    /// @param contact an id that it has, or had
    public static void detach(DSLContext tx, UUID contact, long label) {
        PeopleLock.shared(tx);
        tx.execute(DETACH, val(contact), val(label));
    }

    private static Label label(Record row) {
        return new Label(row.get("id", Long.class), row.get("business_id", Long.class), row.get("name", String.class));
    }

    private Labels() {}
}
