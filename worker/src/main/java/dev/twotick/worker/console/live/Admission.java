package dev.twotick.worker.console.live;

import static org.jooq.impl.DSL.val;

import dev.twotick.model.hash.Sha256;
import java.time.Duration;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jooq.DSLContext;
import org.jooq.impl.SQLDataType;

/// Who may listen: a program by its token, or by one that it got for a single socket (table `socket_token`); a
/// person by the session of the console's pages. Either scope may.
public final class Admission {
    /// For a program to hand a token on to a browser, and for that to open its socket.
    public static final Duration ONCE = Duration.ofMinutes(1);

    private static final int LONGEST = 256;

    private static final String ISSUE = """
            with over as (delete from socket_token where expires_at < now())
            insert into socket_token (token_hash, api_token, expires_at)
            select {0}, token_hash, now() + {2} * interval '1 millisecond' from api_token where name = {1}
            """;

    private static final String TAKE = """
            with once as (delete from socket_token where token_hash = {0} returning api_token, expires_at)
            select api_token from once where expires_at > now()
            """;

    private static final String PROGRAM = "select token_hash from api_token where token_hash = {0}";

    private static final String SESSION =
            "select token_hash from console_session where token_hash = {0} and expires_at > now()";

    private static final String STANDING = """
            select token_hash from api_token where token_hash = any ({0})
            union all
            select token_hash from console_session where token_hash = any ({0}) and expires_at > now()
            """;

    private final DSLContext db;

    public Admission(DSLContext db) {
        this.db = db;
    }

    /// In whose name a socket listens, for as long as that stands.
    ///
    /// @param proof hash of a program's token or of a session, in hex
    record Listener(String proof) {
        private static Listener of(byte[] hash) {
            return new Listener(HexFormat.of().formatHex(hash));
        }

        private byte[] hash() {
            return HexFormat.of().parseHex(proof);
        }
    }

    /// @param program a token's name
    /// @param token what opens one socket within [#ONCE]
    public void issue(String program, String token) {
        db.execute(ISSUE, val(Sha256.of(token)), val(program), val(ONCE.toMillis()));
    }

    /// By a token for one socket, which is used up by it.
    Optional<Listener> once(String token) {
        return by(TAKE, token);
    }

    Optional<Listener> program(String token) {
        return by(PROGRAM, token);
    }

    Optional<Listener> session(String cookie) {
        return by(SESSION, cookie);
    }

    private Optional<Listener> by(String question, String secret) {
        return secret.isEmpty() || secret.length() > LONGEST
                ? Optional.empty()
                : db.resultQuery(question, val(Sha256.of(secret)))
                        .fetchOptional(row -> Listener.of(row.get(0, byte[].class)));
    }

    /// Those of them that are still let in.
    Set<Listener> standing(Collection<Listener> listeners) {
        byte[][] hashes = listeners.stream().map(Listener::hash).toArray(byte[][]::new);
        return db.resultQuery(STANDING, val(hashes, SQLDataType.BLOB.array())).fetch(0, byte[].class).stream()
                .map(Listener::of)
                .collect(Collectors.toSet());
    }
}
