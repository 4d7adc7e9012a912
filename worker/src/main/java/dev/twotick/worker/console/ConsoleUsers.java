package dev.twotick.worker.console;

import static dev.twotick.db.schema.Tables.CONSOLE_SESSION;
import static dev.twotick.db.schema.Tables.CONSOLE_USER;
import static org.jooq.impl.DSL.lower;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Table `console_user`: the people who may sign in. Names differ in more than their case.
public final class ConsoleUsers {
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}._@-]{1,64}");
    static final int SHORTEST_PASSWORD = 12;
    static final int LONGEST_PASSWORD = 1_000;

    private final DSLContext db;

    public ConsoleUsers(DSLContext db) {
        this.db = db;
    }

    /// @param password null: none was chosen, they sign in by link
    record Account(
            long id,
            String name,
            boolean mayWrite,
            @Nullable PasswordHash password) {}

    /// A user for people to read.
    public record User(String name, boolean mayWrite, boolean hasPassword, Instant createdAt) {}

    /// @throws IllegalArgumentException for a name that cannot be
    /// @return false: there is one of that name
    public boolean add(String name, boolean mayWrite) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("a user's name is 1 to 64 letters, digits, '-', '.', '_' and '@'");
        }
        return db.insertInto(CONSOLE_USER)
                        .set(CONSOLE_USER.NAME, name)
                        .set(CONSOLE_USER.MAY_WRITE, mayWrite)
                        .onConflictDoNothing()
                        .execute()
                == 1;
    }

    Optional<Account> named(String name) {
        return db.selectFrom(CONSOLE_USER)
                .where(lower(CONSOLE_USER.NAME).eq(lower(name)))
                .fetchOptional(ConsoleUsers::account);
    }

    private static Account account(Record row) {
        String password = row.get(CONSOLE_USER.PASSWORD);
        return new Account(
                row.get(CONSOLE_USER.ID),
                row.get(CONSOLE_USER.NAME),
                row.get(CONSOLE_USER.MAY_WRITE),
                password == null ? null : new PasswordHash(password));
    }

    public List<User> list() {
        return db.selectFrom(CONSOLE_USER)
                .orderBy(CONSOLE_USER.NAME)
                .fetch(row -> new User(
                        row.get(CONSOLE_USER.NAME),
                        row.get(CONSOLE_USER.MAY_WRITE),
                        row.get(CONSOLE_USER.PASSWORD) != null,
                        row.get(CONSOLE_USER.CREATED_AT)));
    }

    /// Their sessions elsewhere end.
    ///
    /// @throws IllegalArgumentException for one that is too short or too long
    void choosePassword(Visitor visitor, String password) {
        if (password.length() < SHORTEST_PASSWORD || password.length() > LONGEST_PASSWORD) {
            throw new IllegalArgumentException("A password has at least " + SHORTEST_PASSWORD
                    + " characters, and at most " + LONGEST_PASSWORD + ".");
        }
        String hash = PasswordHash.of(password).text();
        db.transaction(transaction -> {
            DSLContext tx = transaction.dsl();
            tx.update(CONSOLE_USER)
                    .set(CONSOLE_USER.PASSWORD, hash)
                    .where(CONSOLE_USER.ID.eq(visitor.id()))
                    .execute();
            tx.deleteFrom(CONSOLE_SESSION)
                    .where(CONSOLE_SESSION.USER_ID.eq(visitor.id()))
                    .and(CONSOLE_SESSION.TOKEN_HASH.ne(visitor.session().hash()))
                    .execute();
        });
    }

    /// With their sessions and links.
    ///
    /// @return false: there is none of that name
    public boolean remove(String name) {
        return db.deleteFrom(CONSOLE_USER)
                        .where(lower(CONSOLE_USER.NAME).eq(lower(name)))
                        .execute()
                == 1;
    }
}
