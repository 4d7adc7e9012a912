package dev.twotick.worker.notices;

import static org.jooq.impl.DSL.val;

import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Table `signup`, as its operator sees to it: what it is called, and which label whoever signs up gets. Who has
/// signed up is [SignupSubscriptions]'.
public final class Signups {
    private static final int LONGEST = 200;

    private static final String COLUMNS =
            "select business_id, signup_id, name, auto_add_label_id, subscriber_count, discovered from signup";

    private static final String LIST =
            COLUMNS + " where (business_id, signup_id) > ({0}, {1}) order by business_id, signup_id limit {2}";

    private static final String ONE = COLUMNS + " where business_id = {0} and signup_id = {1}";

    private static final String SAY = """
            insert into signup (business_id, signup_id, name, auto_add_label_id)
            select {0}, {1}, {2}, {3}
            where {3} is null or exists (select from label where id = {3} and business_id = {0})
            on conflict (business_id, signup_id) do update
            set name = excluded.name, auto_add_label_id = excluded.auto_add_label_id, discovered = false
            """;

    /// @param business    `business.id`
    /// @param label       `label.id`; null: none
    /// @param subscribers distinct contacts
    /// @param discovered  added by a payload, and the operator has not spoken of it
    public record Signup(
            long business,
            String signupId,
            @Nullable String name,
            @Nullable Long label,
            int subscribers,
            boolean discovered) {
        private static Signup of(Record row) {
            return new Signup(
                    row.get("business_id", Long.class),
                    row.get("signup_id", String.class),
                    row.get("name", String.class),
                    row.get("auto_add_label_id", Long.class),
                    row.get("subscriber_count", Integer.class),
                    row.get("discovered", Boolean.class));
        }
    }

    /// @param business, signupId the one before, exclusive
    public static List<Signup> after(DSLContext db, long business, String signupId, int limit) {
        return db.resultQuery(LIST, val(business), val(signupId), val(limit)).fetch(Signup::of);
    }

    public static Optional<Signup> find(DSLContext db, long business, String signupId) {
        return db.resultQuery(ONE, val(business), val(signupId)).fetchOptional(Signup::of);
    }

    /// Says all that the operator has to say of it; what it says last, counts. A label is for those who sign up
    /// from now on.
    ///
    /// @param label `label.id`; null: none
    /// @return false: the business has no such label
    /// @throws IllegalArgumentException when it cannot be a sign-up's id or name
    public static boolean say(
            DSLContext db, long business, String signupId, @Nullable String name, @Nullable Long label) {
        if (!isText(signupId) || (name != null && !isText(name))) {
            throw new IllegalArgumentException(
                    "a sign-up's id and its name are texts of at most " + LONGEST + " characters");
        }
        return db.execute(SAY, val(business), val(signupId), val(name, String.class), val(label, Long.class)) == 1;
    }

    private static boolean isText(String text) {
        return !text.isBlank() && text.length() <= LONGEST && text.indexOf('\0') < 0;
    }

    private Signups() {}
}
