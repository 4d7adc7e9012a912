package dev.twotick.worker.console;

import dev.twotick.worker.batch.Businesses;
import dev.twotick.worker.console.ApiTokens.Program;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/// The only way to an operation of the API: whoever adds one says here which scope it needs, and describes it in
/// `openapi.yaml`. Who asks is known by a token in the header, never by a cookie, so no page of another site can
/// ask in somebody's name.
final class ApiRoutes {
    static final String PREFIX = "/api/v1";
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /// An operation, for a program that may do it.
    interface Operation {
        void answer(Context ctx, Program program) throws Exception;
    }

    private final JavalinConfig config;
    private final ApiTokens tokens;
    private final IdempotencyKeys keys;
    private final Set<String> operations;

    /// @param operations is told of each, such as `GET /payloads/{id}`
    ApiRoutes(JavalinConfig config, ApiTokens tokens, IdempotencyKeys keys, Set<String> operations) {
        this.config = config;
        this.tokens = tokens;
        this.keys = keys;
        this.operations = operations;
    }

    /// For everybody.
    void open(String path, Handler handler) {
        operations.add("GET " + path);
        config.routes.get(PREFIX + path, handler);
        config.routes.head(PREFIX + path, handler);
    }

    void read(String path, Operation operation) {
        open(path, checked(false, operation));
    }

    void write(HandlerType method, String path, Operation operation) {
        operations.add(method.name() + " " + path);
        config.routes.addHttpHandler(method, PREFIX + path, checked(true, (ctx, program) -> {
            if (ctx.header(IdempotencyKeys.HEADER) == null) {
                operation.answer(ctx, program);
            } else {
                keys.once(ctx, program, operation);
            }
        }));
    }

    /// A POST that changes nothing of what is told or kept, for whoever may read.
    void ask(String path, Operation operation) {
        operations.add("POST " + path);
        config.routes.post(PREFIX + path, checked(false, operation));
    }

    /// A POST whose body is read line by line, however long it is. Its lines again change nothing, so it needs no
    /// `Idempotency-Key`, and heeds none.
    void lines(String path, Operation operation) {
        operations.add("POST " + path);
        config.routes.post(PREFIX + path, checked(true, operation));
    }

    private Handler checked(boolean writes, Operation operation) {
        return ctx -> {
            Optional<Program> program = tokens.of(ctx.header("Authorization"));
            if (program.isEmpty()) {
                ctx.header("WWW-Authenticate", "Bearer");
                problem(
                        ctx,
                        401,
                        "No token that is known",
                        "Send Authorization: Bearer TOKEN; worker token add NAME makes one.");
            } else if (writes && !program.get().mayWrite()) {
                problem(ctx, 403, "The token's scope is read", "This operation needs one of the scope write.");
            } else {
                operation.answer(ctx, program.get());
            }
        };
    }

    static boolean isOf(Context ctx) {
        return ctx.path().startsWith(PREFIX + "/");
    }

    /// What the program sent.
    ///
    /// @throws IllegalArgumentException when it is not of that form
    static <T> T body(Context ctx, Class<T> form) {
        try {
            T said = JSON.readValue(ctx.bodyAsBytes(), form);
            if (said != null) {
                return said;
            }
        } catch (JacksonException e) {
            // said below, without what was sent
        }
        throw new IllegalArgumentException("The body is not the JSON object that this operation takes");
    }

    /// An id of ours.
    ///
    /// @throws IllegalArgumentException when it cannot be one
    static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("An id that must be a number is none", e);
        }
    }

    /// Where a page of a list begins, whose next is an id; exclusive.
    static long before(Context ctx) {
        String before = ctx.queryParam("before");
        return before == null ? Long.MAX_VALUE : number(before);
    }

    /// The business that a program speaks of: by its id, by an account's `phone_number_id`, or as the only one.
    ///
    /// @throws IllegalArgumentException when there is none, or several
    static long business(DSLContext db, @Nullable String account, @Nullable Long business) {
        return Businesses.meant(db, Optional.ofNullable(account), Optional.ofNullable(business))
                .orElseThrow(() -> new IllegalArgumentException(
                        "Several businesses have accounts: say which with business or account"));
    }

    static void json(Context ctx, Object answer) {
        ctx.contentType("application/json").result(JSON.writeValueAsBytes(answer));
    }

    /// @see <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a>
    static void problem(Context ctx, int status, String title, @Nullable String detail) {
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("title", title);
        problem.put("status", status);
        if (detail != null && !detail.isEmpty()) {
            problem.put("detail", detail);
        }
        // as bytes: of a text the server would make ISO-8859-1, for all it knows of this type
        ctx.status(status).contentType("application/problem+json").result(JSON.writeValueAsBytes(problem));
    }
}
