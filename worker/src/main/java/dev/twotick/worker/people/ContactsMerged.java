package dev.twotick.worker.people;

import static dev.twotick.db.schema.Tables.CONTACT_MERGED;

import dev.twotick.db.Unnest;
import java.util.Map;
import java.util.NavigableMap;
import java.util.UUID;
import org.jooq.DSLContext;

/// Table `contact_merged`: the id of a contact that is no more leads to the one that remains, in one step.
final class ContactsMerged {

    /// In SQL, of the contact `{0}`: the one that it proved to be, or itself.
    static final String REMAINING = "coalesce((select into_id from contact_merged where from_id = {0}), {0})";

    static void merge(DSLContext tx, NavigableMap<UUID, UUID> merged) {
        if (merged.isEmpty()) {
            return;
        }
        Unnest<Map.Entry<UUID, UUID>> n = Unnest.of(merged.entrySet())
                .with(CONTACT_MERGED.FROM_ID, Map.Entry::getKey)
                .with(CONTACT_MERGED.INTO_ID, Map.Entry::getValue);
        tx.update(CONTACT_MERGED)
                .set(CONTACT_MERGED.INTO_ID, n.get(CONTACT_MERGED.INTO_ID))
                .from(n.table())
                .where(CONTACT_MERGED.INTO_ID.eq(n.get(CONTACT_MERGED.FROM_ID)))
                .execute();
        tx.insertInto(CONTACT_MERGED, n.columns())
                .select(n.select(CONTACT_MERGED.FROM_ID))
                .execute();
    }

    private ContactsMerged() {}
}
