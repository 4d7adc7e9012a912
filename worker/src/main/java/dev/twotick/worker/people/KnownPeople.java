package dev.twotick.worker.people;

import dev.twotick.db.RowStatement;
import dev.twotick.worker.batch.ApplyItem;
import dev.twotick.worker.people.ContactIdentities.Known;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Who of a batch is known, as the first trip of its transaction has found it beside the accounts. Nobody knows by
/// then which business an account belongs to: so ids are looked for by their account's number.
public final class KnownPeople {

    /// Of each id `n` that is named to an account `a`: whose it is.
    public static final String SELECT = """
            select i.contact_id, i.changed_at from contact_identity i
            where i.business_id = a.business_id and i.kind = n.kind and i.value = n.value offset 0""";

    private final Set<Identity> asked = new HashSet<>();
    private final Map<Identity, Known> known = new HashMap<>();

    /// An id that an item names, of no business yet.
    ///
    /// @param number Meta's id of the account's
    public record Named(String number, Identity identity) {
        public String kind() {
            return identity.kind();
        }

        public String value() {
            return identity.value();
        }
    }

    /// All of them, numbers in both spellings.
    public static Set<Named> named(Collection<ApplyItem<?>> items) {
        Set<Named> named = new LinkedHashSet<>();
        for (ApplyItem<?> item : items) {
            BatchPeople.named(item.fact()).stream()
                    .flatMap(person -> Mention.Key.of(0, person).identities().stream())
                    .forEach(identity -> {
                        named.add(new Named(item.accountId(), identity));
                        identity.otherSpelling().ifPresent(other -> named.add(new Named(item.accountId(), other)));
                    });
        }
        return named;
    }

    /// @param row has `kind` and `value` of `n`, and what [#SELECT] found
    /// @return the contact
    public @Nullable UUID add(long businessId, ResultSet row) throws SQLException {
        Identity identity = new Identity(businessId, row.getString("kind"), row.getString("value"));
        asked.add(identity);
        UUID contact = row.getObject("contact_id", UUID.class);
        if (contact != null) {
            known.put(identity, new Known(contact, RowStatement.time(row, row.findColumn("changed_at"))));
        }
        return contact;
    }

    /// Those that are known; looked up where that has not been done, as where an account got its business since.
    Map<Identity, Known> of(DSLContext tx, Collection<Identity> identities) {
        Map<Identity, Known> found = new HashMap<>();
        NavigableSet<Identity> unasked = new TreeSet<>();
        for (Identity identity : identities) {
            Known there = known.get(identity);
            if (there != null) {
                found.put(identity, there);
            } else if (!asked.contains(identity)) {
                unasked.add(identity);
            }
        }
        found.putAll(ContactIdentities.known(tx, unasked));
        return found;
    }
}
