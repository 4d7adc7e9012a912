package dev.twotick.worker.console;

import static dev.twotick.db.schema.Tables.API_TOKEN;
import static org.jooq.impl.DSL.val;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Table `api_token`: the programs that may use the API.
public final class ApiTokens {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final String BEARER = "Bearer ";

    // the same token under the same name, or another one under it: what the environment says last, holds; one that has
    // a name of its own already keeps it, with its scope
    private static final String OF_ENVIRONMENT = """
            insert into api_token (token_hash, name, may_write)
            select {1}, {0}, true
            where not exists (select from api_token where token_hash = {1} and name <> {0})
            on conflict (name) do update set token_hash = excluded.token_hash
            where api_token.token_hash <> excluded.token_hash
            """;

    private final DSLContext db;

    public ApiTokens(DSLContext db) {
        this.db = db;
    }

    public record Program(String name, boolean mayWrite, Instant createdAt) {
        /// In the audit log.
        String actor() {
            return "token:" + name;
        }
    }

    /// @return what the program sends; nothing: there is one of that name
    /// @throws IllegalArgumentException for a name that cannot be
    public Optional<SecretToken> add(String name, boolean mayWrite) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("a token's name is 1 to 64 letters, digits, '-', '.' and '_'");
        }
        SecretToken token = SecretToken.random();
        int added = db.insertInto(API_TOKEN)
                .set(API_TOKEN.TOKEN_HASH, token.hash())
                .set(API_TOKEN.NAME, name)
                .set(API_TOKEN.MAY_WRITE, mayWrite)
                .onConflictDoNothing()
                .execute();
        return added == 1 ? Optional.of(token) : Optional.empty();
    }

    /// The one that `TWOTICK_API_TOKEN` holds.
    void say(String name, SecretToken token) {
        db.execute(OF_ENVIRONMENT, val(name), val(token.hash()));
    }

    /// @param header `Authorization`, whatever somebody sent
    Optional<Program> of(@Nullable String header) {
        if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return Optional.empty();
        }
        return SecretToken.of(header.substring(BEARER.length()).strip())
                .flatMap(token -> db.selectFrom(API_TOKEN)
                        .where(API_TOKEN.TOKEN_HASH.eq(token.hash()))
                        .fetchOptional(ApiTokens::program));
    }

    public List<Program> list() {
        return db.selectFrom(API_TOKEN).orderBy(API_TOKEN.NAME).fetch(ApiTokens::program);
    }

    private static Program program(Record row) {
        return new Program(row.get(API_TOKEN.NAME), row.get(API_TOKEN.MAY_WRITE), row.get(API_TOKEN.CREATED_AT));
    }

    /// @return false: there is none of that name
    public boolean remove(String name) {
        return db.deleteFrom(API_TOKEN).where(API_TOKEN.NAME.eq(name)).execute() == 1;
    }
}
