package dev.twotick.worker.console;

import static dev.twotick.db.schema.Tables.CONSOLE_SESSION;
import static org.jooq.impl.DSL.val;

import java.time.Duration;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Table `console_session`: who is signed in. A session is read for each page, so it holds no longer than it says and
/// is never moved on.
final class ConsoleSessions {
    static final Duration LENGTH = Duration.ofHours(12);

    private static final String BEGIN = """
            with over as (delete from console_session where expires_at < now())
            insert into console_session (token_hash, user_id, expires_at)
            values ({0}, {1}, now() + {2} * interval '1 millisecond')
            """;

    private static final String VISITOR = """
            select u.id, u.name, u.may_write from console_session s join console_user u on u.id = s.user_id
            where s.token_hash = {0} and s.expires_at > now()
            """;

    private final DSLContext db;

    ConsoleSessions(DSLContext db) {
        this.db = db;
    }

    /// @return what the cookie is to hold
    SecretToken begin(long userId) {
        SecretToken token = SecretToken.random();
        db.execute(BEGIN, val(token.hash()), val(userId), val(LENGTH.toMillis()));
        return token;
    }

    /// @param cookie whatever somebody sent
    Optional<Visitor> visitor(@Nullable String cookie) {
        return SecretToken.of(cookie).flatMap(this::visitor);
    }

    private Optional<Visitor> visitor(SecretToken token) {
        return db.resultQuery(VISITOR, val(token.hash()))
                .fetchOptional(row -> new Visitor(
                        row.get("id", Long.class),
                        row.get("name", String.class),
                        row.get("may_write", Boolean.class),
                        token));
    }

    void end(SecretToken token) {
        db.deleteFrom(CONSOLE_SESSION)
                .where(CONSOLE_SESSION.TOKEN_HASH.eq(token.hash()))
                .execute();
    }
}
