package dev.twotick.worker.console;

import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.val;

import dev.twotick.model.whatsapp.NumberSpelling;
import dev.twotick.model.whatsapp.UserIdentifier;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// Table `contact`, as a list by name that people page through, and one contact with all that hangs on it.
final class ContactRows {
    static final int PAGE = 50;
    private static final int MOST_FOUND = 50;
    private static final int LEAST_DIGITS = 5;

    /// What a contact is called, as `contact_called_idx` has it: those without a name stand last.
    private static final String CALLED =
            "coalesce(lower(coalesce(p.saved_name, p.name, p.username)), chr(1114111)) collate \"C\"";

    private static final String COLUMNS = CALLED + """
             as called, p.id, p.business_id, b.name as business, p.name, p.username, p.saved_name, p.created_at,
            p.subscribed_via_signup, p.subscribed_at,
            array(select i.value from contact_identity i where i.contact_id = p.id
                order by array_position(array['wa_id', 'user_id', 'parent_user_id'], i.kind), i.value limit 5) as ids
            """;

    private static final String LIST = "select " + COLUMNS + """
            from contact p join business b on b.id = p.business_id
            where {0} order by
            """ + CALLED + ", p.id limit {1}";

    private static final String AFTER = "(" + CALLED + ", p.id) > ({0}, {1})";

    private static final String BEGINS_WITH = CALLED + " >= lower({0}) and " + CALLED + " < lower({0}) || chr(1114111)";

    private static final String WITH_ID = """
            select i.contact_id from business b join contact_identity i on i.business_id = b.id
            where i.kind in ('wa_id', 'user_id', 'parent_user_id') and i.value = any ({0}) limit {1}
            """;

    private static final String IDENTITIES = """
            select kind, value, created_at from contact_identity where contact_id = {0}
            order by array_position(array['wa_id', 'user_id', 'parent_user_id'], kind), value
            """;

    private static final String LABELS = """
            select l.id, l.name, c.by_hand from contact_label c join label l on l.id = c.label_id
            where c.contact_id = {0} order by l.name
            """;

    private static final String PREFERENCES = """
            select coalesce(a.name, a.display_phone_number, a.phone_number_id) as account, p.category, p.value, p.stated_at
            from contact_preference p join account a on a.id = p.account_id
            where p.contact_id = {0} order by a.id, p.category
            """;

    private static final String SIGNUPS = """
            select coalesce(s.name, s.signup_id) as signup, u.subscribed_at
            from signup_subscription u join signup s on s.business_id = u.business_id and s.signup_id = u.signup_id
            where u.contact_id = {0} order by 1
            """;

    private final DSLContext db;

    ContactRows(DSLContext db) {
        this.db = db;
    }

    /// Where in the list a contact stood when it was shown: what it is called may change, and it may go.
    record Place(String called, UUID id) {
        /// @throws IllegalArgumentException when it is none
        static Place parse(String text) {
            int end = text.indexOf('~');
            if (end < 0) {
                throw new IllegalArgumentException("This is no place in the list of contacts");
            }
            return new Place(text.substring(end + 1), UUID.fromString(text.substring(0, end)));
        }

        @Override
        public String toString() {
            return id + "~" + called;
        }
    }

    /// @param all false: there are more than these
    record Found(List<Contact> contacts, boolean all) {}

    /// @param ids the most telling first, a few of them
    record Contact(
            Place place,
            UUID id,
            long businessId,
            String business,
            @Nullable String name,
            @Nullable String username,
            @Nullable String savedName,
            Instant createdAt,
            boolean subscribed,
            @Nullable Instant subscribedAt,
            List<String> ids) {

        String called() {
            return savedName != null
                    ? savedName
                    : name != null ? name : username != null ? username : ids.isEmpty() ? "" : ids.getFirst();
        }
    }

    record Known(String kind, String value, Instant since) {}

    /// @param byHand otherwise it follows from a sign-up
    record Label(long id, String name, boolean byHand) {}

    record Preference(
            String account,
            String category,
            String value,
            @Nullable Instant statedAt) {}

    record Signup(String name, @Nullable Instant at) {}

    /// By what they are called.
    ///
    /// @param after exclusive
    List<Contact> after(Optional<Place> after, int limit) {
        return list(
                after.map(place -> condition(AFTER, val(place.called(), SQLDataType.CLOB), val(place.id())))
                        .orElse(noCondition()),
                limit);
    }

    /// Those of a number in any spelling, of a user id, or whose name begins so.
    Found search(String text) {
        UUID[] ids = withId(text);
        Condition wanted = ids.length > 0
                ? condition("p.id = any ({0})", val(ids))
                : condition(BEGINS_WITH, val(text, SQLDataType.CLOB));
        List<Contact> found = list(wanted, MOST_FOUND + 1);
        return new Found(found.stream().limit(MOST_FOUND).toList(), found.size() <= MOST_FOUND);
    }

    Optional<Contact> find(UUID id) {
        return list(condition("p.id = {0}", val(id)), 1).stream().findFirst();
    }

    /// The one that it proved to be.
    Optional<UUID> mergedInto(UUID id) {
        return db.resultQuery("select into_id from contact_merged where from_id = {0}", val(id))
                .fetchOptional(0, UUID.class);
    }

    private List<Contact> list(Condition which, int limit) {
        return db.resultQuery(LIST, which, val(limit)).fetch(ContactRows::contact);
    }

    private UUID[] withId(String text) {
        String digits = UserIdentifier.digitsOf(text);
        boolean isNumber = digits.length() >= LEAST_DIGITS && text.matches("[+()\\s./0-9-]*");
        TreeSet<String> ids = new TreeSet<>(isNumber ? NumberSpelling.all(digits) : List.of());
        ids.add(text);
        return db.resultQuery(WITH_ID, val(ids.toArray(String[]::new), SQLDataType.CLOB.array()), val(MOST_FOUND + 1))
                .fetch(0, UUID.class)
                .toArray(UUID[]::new);
    }

    private static Contact contact(Record row) {
        return new Contact(
                new Place(row.get("called", String.class), row.get("id", UUID.class)),
                row.get("id", UUID.class),
                row.get("business_id", Long.class),
                row.get("business", String.class),
                row.get("name", String.class),
                row.get("username", String.class),
                row.get("saved_name", String.class),
                row.get("created_at", Instant.class),
                row.get("subscribed_via_signup", Boolean.class),
                row.get("subscribed_at", Instant.class),
                Arrays.asList(row.get("ids", String[].class)));
    }

    List<Known> identities(UUID contact) {
        return db.resultQuery(IDENTITIES, val(contact))
                .fetch(row -> new Known(
                        row.get("kind", String.class),
                        row.get("value", String.class),
                        row.get("created_at", Instant.class)));
    }

    /// All by which it is known, however many.
    List<String> ids(UUID contact) {
        return identities(contact).stream().map(Known::value).toList();
    }

    List<Label> labels(UUID contact) {
        return db.resultQuery(LABELS, val(contact))
                .fetch(row -> new Label(
                        row.get("id", Long.class), row.get("name", String.class), row.get("by_hand", Boolean.class)));
    }

    List<Preference> preferences(UUID contact) {
        return db.resultQuery(PREFERENCES, val(contact))
                .fetch(row -> new Preference(
                        row.get("account", String.class),
                        row.get("category", String.class),
                        row.get("value", String.class),
                        row.get("stated_at", Instant.class)));
    }

    List<Signup> signups(UUID contact) {
        return db.resultQuery(SIGNUPS, val(contact))
                .fetch(row -> new Signup(row.get("signup", String.class), row.get("subscribed_at", Instant.class)));
    }
}
