package dev.twotick.worker.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.jooq.impl.DSL.val;

import dev.twotick.db.DatabaseFault;
import dev.twotick.model.hash.Sha256;
import dev.twotick.worker.console.ApiTokens.Program;
import dev.twotick.worker.outbox.SecretBox;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/// Table `api_request`: a program that does not know whether a write of its own came through sends it again under
/// the same `Idempotency-Key`, and gets the answer of the first. A write that was refused or failed leaves its key
/// free. One whose end nobody knows, since the database went away as it committed, is done again.
///
/// @see <a href="https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/">The Idempotency-Key
///     header</a>
final class IdempotencyKeys {
    private static final Logger log = LoggerFactory.getLogger(IdempotencyKeys.class);
    static final String HEADER = "Idempotency-Key";
    private static final int LONGEST = 255;

    /// Longer than any write takes.
    private static final Duration CLAIM = Duration.ofMinutes(2);

    private static final JsonMapper JSON = new JsonMapper();

    // whoever claimed it may have died; what is older than a day is as good as gone
    private static final String CLAIM_KEY = """
            insert into api_request as r (key_hash, asked, claim, claimed_until)
            values ({0}, {1}, {2}, now() + {3} * interval '1 second')
            on conflict (key_hash) do update
            set asked = excluded.asked, claim = excluded.claim, claimed_until = excluded.claimed_until, answer = null,
                created_at = now()
            where r.created_at < now() - interval '24 hours'
                or r.answer is null and r.claimed_until < now() and r.asked = excluded.asked
            returning 1
            """;

    private static final String FIND = "select asked, answer, sealed from api_request where key_hash = {0}";

    private static final String KEEP =
            "update api_request set answer = {2}, sealed = {3} where key_hash = {0} and claim = {1}";

    private static final String RELEASE =
            "delete from api_request where key_hash = {0} and claim = {1} and answer is null";

    private final DSLContext db;
    private final Optional<SecretBox> box;

    /// @param box seals answers; without it no answer holds a secret
    IdempotencyKeys(DSLContext db, Optional<SecretBox> box) {
        this.db = db;
        this.box = box;
    }

    /// What was answered, as far as it is the operation's.
    private record Answer(
            int status, @Nullable String type, @Nullable String location, byte[] body) {

        /// What stands in the context, which keeps it.
        static Answer of(Context ctx) throws IOException {
            byte[] body = new byte[0];
            try (InputStream result = ctx.resultInputStream()) {
                if (result != null) {
                    body = result.readAllBytes();
                    ctx.result(body);
                }
            }
            return new Answer(
                    ctx.statusCode(), ctx.res().getContentType(), ctx.res().getHeader("Location"), body);
        }

        void send(Context ctx) {
            ctx.status(status).result(body).header("Idempotency-Replayed", "true");
            if (type != null) {
                ctx.contentType(type);
            }
            if (location != null) {
                ctx.header("Location", location);
            }
        }
    }

    /// Does what the request asks for, unless the same was done under its key.
    void once(Context ctx, Program program, ApiRoutes.Operation operation) throws Exception {
        byte[] key = Sha256.of(program.name() + '\0' + key(ctx));
        byte[] asked = asked(ctx);
        UUID claim = UUID.randomUUID();
        boolean claimed = db.resultQuery(CLAIM_KEY, val(key), val(asked), val(claim), val(CLAIM.toSeconds()))
                .fetchOptional()
                .isPresent();
        if (!claimed) {
            again(ctx, key, asked);
            return;
        }
        boolean kept = false;
        try {
            operation.answer(ctx, program);
            if (ctx.statusCode() < 400) {
                kept = true; // it is done, so that its key is not free, whatever becomes of the answer
                keep(key, claim, Answer.of(ctx));
            }
        } finally {
            if (!kept) {
                db.execute(RELEASE, val(key), val(claim));
            }
        }
    }

    private void again(Context ctx, byte[] key, byte[] asked) {
        Record row = db.resultQuery(FIND, val(key)).fetchOne();
        if (row != null && !Arrays.equals(row.get("asked", byte[].class), asked)) {
            ApiRoutes.problem(
                    ctx,
                    422,
                    "This key was used for something else",
                    "An Idempotency-Key stands for one request; another one needs a key of its own.");
            return;
        }
        byte[] answer = row == null ? null : row.get("answer", byte[].class);
        if (row == null || answer == null) { // being done, or refused this very moment
            ctx.header("Retry-After", "1");
            ApiRoutes.problem(ctx, 409, "The same is being done now", "Ask again for its answer, with the same key.");
            return;
        }
        byte[] text = Boolean.TRUE.equals(row.get("sealed", Boolean.class))
                ? box.orElseThrow(() -> new IllegalArgumentException("The answer needs TWOTICK_ENCRYPTION_KEY"))
                        .openText(answer)
                : answer;
        JSON.readValue(text, Answer.class).send(ctx);
    }

    private void keep(byte[] key, UUID claim, Answer answer) {
        byte[] text = JSON.writeValueAsBytes(answer);
        byte[] kept = box.map(with -> with.seal(text)).orElse(text);
        try {
            db.execute(KEEP, val(key), val(claim), val(kept), val(box.isPresent()));
        } catch (DataAccessException e) { // whoever asked has it; who repeats it waits until the claim ends
            log.warn("idempotency=not-kept database=\"{}\"", DatabaseFault.words(e));
        }
    }

    private static String key(Context ctx) {
        String key = ctx.header(HEADER);
        if (key == null || key.isBlank() || key.length() > LONGEST) {
            throw new IllegalArgumentException("An " + HEADER + " is a text of 1 to " + LONGEST + " characters");
        }
        return key.strip();
    }

    private static byte[] asked(Context ctx) throws IOException {
        String query = ctx.queryString();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write((ctx.method() + " " + ctx.req().getRequestURI() + "?" + (query == null ? "" : query) + "\0")
                .getBytes(UTF_8));
        all.write(ctx.bodyAsBytes());
        return Sha256.of(all.toByteArray());
    }
}
