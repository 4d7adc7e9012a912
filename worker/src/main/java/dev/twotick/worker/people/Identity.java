package dev.twotick.worker.people;

import dev.twotick.db.HashedId;
import dev.twotick.model.whatsapp.NumberSpelling;
import dev.twotick.model.whatsapp.UserIdentifier;
import dev.twotick.worker.batch.DatedText;
import dev.twotick.worker.interpret.Person;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// One way in which a business knows somebody; ordered as the key of `contact_identity` is.
///
/// @param kind `wa_id`, `user_id` or `parent_user_id`
public record Identity(long businessId, String kind, String value) implements Comparable<Identity> {
    static final String WA_ID = "wa_id";
    static final String USER_ID = "user_id";
    static final String PARENT_USER_ID = "parent_user_id";

    private static final Comparator<Identity> KEY_ORDER = Comparator.comparingLong(Identity::businessId)
            .thenComparing(Identity::kind)
            .thenComparing(Identity::value, DatedText.UTF8_ORDER);

    /// From what says least of a person to what says most: a number can pass to somebody else.
    private static final List<String> RANK = List.of(WA_ID, PARENT_USER_ID, USER_ID);

    /// The person's own ids first: who stays who they are when a contact proves to be two.
    static final Comparator<Identity> STRONGEST_FIRST = Comparator.comparing(
                    (Identity identity) -> RANK.indexOf(identity.kind()), Comparator.reverseOrder())
            .thenComparing(Comparator.naturalOrder());

    /// Numbers first: a new contact is named for the id that people know.
    static final Comparator<Identity> NUMBER_FIRST = STRONGEST_FIRST.reversed();

    /// The id that stands for a person.
    public static Identity of(long businessId, Person person) {
        UserIdentifier strongest = person.strongest();
        return new Identity(businessId, strongest.kind(), strongest.value());
    }

    boolean isNumber() {
        return kind.equals(WA_ID);
    }

    /// What both spellings of a number have in common; of other ids, themselves.
    Identity number() {
        return isNumber() ? new Identity(businessId, kind, NumberSpelling.canonical(value)) : this;
    }

    /// The same number, as another `wa_id` may spell it.
    Optional<Identity> otherSpelling() {
        return isNumber()
                ? NumberSpelling.other(value).map(other -> new Identity(businessId, kind, other))
                : Optional.empty();
    }

    /// As another business knows it.
    Identity in(long business) {
        return new Identity(business, kind, value);
    }

    /// The kinds, for SQL, as [#STRONGEST_FIRST] has them.
    public static Field<String[]> strongestFirst() {
        return DSL.val(RANK.reversed().toArray(String[]::new), SQLDataType.CLOB.array());
    }

    /// How much the id that stands for them tells of a person; none does not tell anything.
    public static int telling(@Nullable Person person) {
        return person == null ? 0 : 1 + RANK.indexOf(person.strongest().kind());
    }

    /// The same of a kind in SQL.
    public static String telling(String kind) {
        return "coalesce(array_position(array ['" + String.join("', '", RANK) + "'], " + kind + "), 0)";
    }

    public static Field<Integer> telling(Field<String> kind) {
        return DSL.field(telling("{0}"), Integer.class, kind);
    }

    /// These, and the other spelling of each number that has one.
    static NavigableSet<Identity> inBothSpellings(Collection<Identity> identities) {
        NavigableSet<Identity> all = new TreeSet<>(identities);
        identities.forEach(identity -> identity.otherSpelling().ifPresent(all::add));
        return all;
    }

    /// The id of a contact that is made for this identity.
    UUID contactId() {
        return HashedId.of(Long.toString(businessId), kind, value);
    }

    /// Another one, should that be taken: a contact's id is never given twice.
    UUID contactId(int again) {
        return HashedId.of(Long.toString(businessId), kind, value, Integer.toString(again));
    }

    @Override
    public int compareTo(Identity other) {
        return KEY_ORDER.compare(this, other);
    }
}
