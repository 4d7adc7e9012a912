package dev.twotick.worker.apply;

import static dev.twotick.db.schema.Tables.CONTACT;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twotick.db.Unnest;
import dev.twotick.worker.interpret.Person;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// Columns of `contact`, what people call themselves: the value with the greatest (Meta's time, text) stands.
final class ContactProfiles {

    record Statement(String value, Instant at) {
        static @Nullable Statement of(@Nullable String value, @Nullable Instant at) {
            return value == null ? null : new Statement(value, at == null ? Instant.MIN : at);
        }

        static @Nullable Statement later(@Nullable Statement one, @Nullable Statement other) {
            if (one == null || other == null) {
                return one == null ? other : one;
            }
            int byTime = one.at.compareTo(other.at);
            return (byTime != 0 ? byTime : utf8Order(one.value, other.value)) >= 0 ? one : other;
        }

        /// As PostgreSQL's collation "C" compares.
        private static int utf8Order(String one, String other) {
            return Arrays.compareUnsigned(one.getBytes(UTF_8), other.getBytes(UTF_8));
        }

        static @Nullable Instant time(@Nullable Statement statement) {
            return statement == null || statement.at.equals(Instant.MIN) ? null : statement.at;
        }

        static @Nullable String text(@Nullable Statement statement) {
            return statement == null ? null : statement.value;
        }
    }

    record Profile(
            UUID contact,
            @Nullable Statement name,
            @Nullable Statement username) {
        Profile and(Profile other) {
            return new Profile(contact, Statement.later(name, other.name), Statement.later(username, other.username));
        }
    }

    static void update(DSLContext tx, Map<Contacts.Sender, UUID> ids) {
        Map<UUID, Profile> profiles = new TreeMap<>();
        ids.forEach((sender, contact) -> {
            Person person = sender.person();
            if (person.name() != null || person.username() != null) {
                profiles.merge(
                        contact,
                        new Profile(
                                contact,
                                Statement.of(person.name(), person.statedAt()),
                                Statement.of(person.username(), person.statedAt())),
                        Profile::and);
            }
        });
        if (profiles.isEmpty()) {
            return;
        }
        Unnest<Profile> n = Unnest.of(profiles.values())
                .with(CONTACT.ID, Profile::contact)
                .with(CONTACT.NAME, p -> Statement.text(p.name()))
                .with(CONTACT.NAME_AT, p -> Statement.time(p.name()))
                .with(CONTACT.USERNAME, p -> Statement.text(p.username()))
                .with(CONTACT.USERNAME_AT, p -> Statement.time(p.username()));
        Condition newName = newer(n, CONTACT.NAME, CONTACT.NAME_AT);
        Condition newUsername = newer(n, CONTACT.USERNAME, CONTACT.USERNAME_AT);
        var locked = DSL.name("locked")
                .as(DSL.select(CONTACT.ID)
                        .from(CONTACT)
                        .join(n.table())
                        .on(CONTACT.ID.eq(n.get(CONTACT.ID)))
                        .where(newName.or(newUsername))
                        .orderBy(CONTACT.ID)
                        .forNoKeyUpdate()
                        .of(CONTACT));
        tx.with(locked)
                .update(CONTACT)
                .set(CONTACT.NAME, DSL.when(newName, n.get(CONTACT.NAME)).else_(CONTACT.NAME))
                .set(CONTACT.NAME_AT, DSL.when(newName, n.get(CONTACT.NAME_AT)).else_(CONTACT.NAME_AT))
                .set(
                        CONTACT.USERNAME,
                        DSL.when(newUsername, n.get(CONTACT.USERNAME)).else_(CONTACT.USERNAME))
                .set(
                        CONTACT.USERNAME_AT,
                        DSL.when(newUsername, n.get(CONTACT.USERNAME_AT)).else_(CONTACT.USERNAME_AT))
                .from(n.table())
                .where(CONTACT.ID.eq(n.get(CONTACT.ID)))
                .and(CONTACT.ID.in(DSL.select(DSL.field(DSL.name("locked", "id"), UUID.class))
                        .from(locked)))
                .execute();
    }

    private static Condition newer(Unnest<Profile> n, TableField<?, String> text, TableField<?, Instant> at) {
        return n.get(text)
                .isNotNull()
                .and(DSL.row(orEver(at), orEmpty(text)).lt(orEver(n.get(at)), orEmpty(n.get(text))));
    }

    private static Field<Instant> orEver(Field<Instant> at) {
        return DSL.coalesce(at, DSL.field("'-infinity'::timestamptz", Instant.class));
    }

    private static Field<String> orEmpty(Field<String> text) {
        return DSL.coalesce(text, DSL.inline("")).collate("C");
    }

    private ContactProfiles() {}
}
