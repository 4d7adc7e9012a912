package dev.twotick.worker.console;

import static org.jooq.impl.DSL.val;

import java.time.Duration;
import java.util.Optional;
import org.jooq.DSLContext;

/// Table `console_link`: links that sign their user in, once and soon.
public final class SignInLinks {
    /// For whoever has it sent to them, and reads it after lunch.
    public static final Duration VALIDITY = Duration.ofHours(4);

    // offered again, as by a worker that starts anew, it is the link that it was
    private static final String OFFER = """
            insert into console_link (token_hash, user_id, expires_at)
            select {1}, u.id, now() + {2} * interval '1 millisecond' from console_user u
            where lower(u.name) = lower({0})
            on conflict do nothing
            """;

    private static final String TAKE = """
            update console_link l set used_at = now() from console_user u
            where l.token_hash = {0} and l.used_at is null and l.expires_at > now() and u.id = l.user_id
            returning u.id, u.name
            """;

    private final DSLContext db;

    public SignInLinks(DSLContext db) {
        this.db = db;
    }

    /// @return false: there is no such user, or the link was offered before
    public boolean offer(String user, SecretToken token) {
        db.execute("delete from console_link where expires_at < now() - interval '30 days'");
        return db.execute(OFFER, val(user), val(token.hash()), val(VALIDITY.toMillis())) == 1;
    }

    record Taken(long userId, String name) {}

    /// Of two who take it at once one gets it.
    ///
    /// @return nothing: it was used, is too old, or never was
    Optional<Taken> take(SecretToken token) {
        return db.resultQuery(TAKE, val(token.hash()))
                .fetchOptional(row -> new Taken(row.get("id", Long.class), row.get("name", String.class)));
    }

    /// Where it leads, without scheme and host.
    public static String path(SecretToken token) {
        return "/sign-in?link=" + token.text();
    }
}
