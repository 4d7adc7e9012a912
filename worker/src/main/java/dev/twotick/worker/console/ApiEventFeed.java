package dev.twotick.worker.console;

import static dev.twotick.db.schema.Tables.ACCOUNT;

import dev.twotick.worker.outbox.EventFeed;
import dev.twotick.worker.outbox.EventFeed.Answer;
import dev.twotick.worker.outbox.EventFeed.Wanted;
import dev.twotick.worker.outbox.EventPlace;
import io.javalin.http.Context;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import tools.jackson.databind.util.RawValue;

/// The events in order, for programs that fetch them instead of being called.
final class ApiEventFeed {
    /// Instead of a cursor: where those begin that are still to come.
    static final String LATEST = "latest";

    private static final int LIMIT = 100;
    private static final int MOST = 1_000;

    private final EventFeed feed;
    private final DSLContext db;

    ApiEventFeed(EventFeed feed, DSLContext db) {
        this.feed = feed;
        this.db = db;
    }

    /// @param id the `webhook-id`
    /// @param cursor `after`, to go on behind it
    /// @param body what is signed and sent
    record Item(UUID id, String cursor, String type, Instant raisedAt, RawValue body) {
        static Item of(EventFeed.Told told) {
            return new Item(
                    told.event().key().id(),
                    told.place().toString(),
                    told.event().type(),
                    told.event().key().raisedAt(),
                    new RawValue(told.event().body()));
        }
    }

    /// @param next `after` of the next question, whether or not there is anything yet
    /// @param more there is, already
    record Listed(List<Item> items, String next, boolean more) {}

    void addTo(ApiRoutes routes) {
        routes.read("/events", (ctx, _) -> list(ctx));
    }

    private void list(Context ctx) {
        Wanted wanted = wanted(db, ctx.queryParams("type"), ctx.queryParams("account"));
        int limit = limit(ctx);
        String after = ctx.queryParam("after");
        if (LATEST.equals(after)) {
            ApiRoutes.json(ctx, new Listed(List.of(), feed.latest().toString(), false));
            return;
        }
        switch (feed.read(Optional.ofNullable(after).map(EventPlace::parse), wanted, limit)) {
            case Answer.Read read ->
                ApiRoutes.json(
                        ctx,
                        new Listed(
                                read.events().stream().map(Item::of).toList(),
                                read.next().toString(),
                                read.more()));
            case Answer.Gone gone -> gone(ctx, gone);
        }
    }

    private static int limit(Context ctx) {
        String said = Optional.ofNullable(ctx.queryParam("limit")).orElse(String.valueOf(LIMIT));
        if (!said.matches("[0-9]{1,4}") || Integer.parseInt(said) < 1 || Integer.parseInt(said) > MOST) {
            throw new IllegalArgumentException("limit is a number from 1 to " + MOST);
        }
        return Integer.parseInt(said);
    }

    /// @param types globs, several of them also with commas between; none: all
    /// @param accounts phone number ids, likewise
    static Wanted wanted(DSLContext db, List<String> types, List<String> accounts) {
        List<String> globs = parts(types).toList();
        return new Wanted(
                globs.isEmpty() ? List.of("*") : globs,
                accountIds(db, parts(accounts).toList()));
    }

    private static Stream<String> parts(List<String> said) {
        return said.stream()
                .flatMap(text -> Arrays.stream(text.split(",")))
                .map(String::strip)
                .filter(text -> !text.isEmpty());
    }

    private static Set<Long> accountIds(DSLContext db, List<String> numbers) {
        if (numbers.isEmpty()) {
            return Set.of();
        }
        Map<String, Long> known = db.select(ACCOUNT.PHONE_NUMBER_ID, ACCOUNT.ID)
                .from(ACCOUNT)
                .where(ACCOUNT.PHONE_NUMBER_ID.in(numbers))
                .fetchMap(ACCOUNT.PHONE_NUMBER_ID, ACCOUNT.ID);
        for (String number : numbers) {
            if (!known.containsKey(number)) {
                throw new IllegalArgumentException("no account has this phone_number_id");
            }
        }
        return new HashSet<>(known.values());
    }

    /// Nothing is left out silently.
    private static void gone(Context ctx, Answer.Gone gone) {
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("title", "There were events after this cursor that are not kept any more");
        problem.put("status", 410);
        problem.put(
                "detail",
                "They are older than TWOTICK_RETENTION_HOOKS_DAYS, or the cursor is of a database that was restored since."
                        + " Go on after oldest, or after latest; both are here.");
        problem.put("oldest", gone.oldest().toString());
        problem.put(LATEST, gone.latest().toString());
        ApiRoutes.json(ctx, problem);
        ctx.status(410).contentType("application/problem+json");
    }
}
