package dev.twotick.worker.people;

import dev.twotick.db.Unnest;
import java.util.NavigableMap;
import java.util.UUID;
import org.jooq.DSLContext;

/// Table `contact_label`. Labels that a sign-up brings are `notices.SignupSubscriptions`'.
final class ContactLabels {

    /// The contact that remains has the labels of both.
    static void merge(DSLContext tx, NavigableMap<UUID, UUID> merged) {
        if (merged.isEmpty()) {
            return;
        }
        tx.execute(
                """
                with gone as (
                    delete from contact_label l using unnest({0}, {1}) as m (from_id, into_id)
                    where l.contact_id = m.from_id
                    returning m.into_id, l.label_id, l.by_hand, l.created_at)
                insert into contact_label (contact_id, label_id, by_hand, created_at)
                select into_id, label_id, bool_or(by_hand), min(created_at) from gone
                group by into_id, label_id
                order by into_id, label_id
                on conflict (contact_id, label_id) do update set by_hand = contact_label.by_hand or excluded.by_hand
                """,
                Unnest.of(merged.keySet()).uuids(id -> id),
                Unnest.of(merged.values()).uuids(id -> id));
    }

    private ContactLabels() {}
}
